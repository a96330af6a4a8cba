#if FUZZING
    import Foundation

    /// The target that `CAIRN_FUZZ_TARGET` names.
    private let target: FuzzTarget = {
        let name = ProcessInfo.processInfo.environment["CAIRN_FUZZ_TARGET"] ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
            FileHandle.standardError.write(Data("set CAIRN_FUZZ_TARGET to one of \(names)\n".utf8))
            exit(64)
        }
        return target
    }()

    /// What libFuzzer calls, whose `main` this program has with `--sanitize=fuzzer`.
    @_cdecl("LLVMFuzzerTestOneInput")
    public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        target.run(Array(UnsafeBufferPointer(start: data, count: count)))
        return 0
    }
#endif
