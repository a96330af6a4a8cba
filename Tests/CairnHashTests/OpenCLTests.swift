import CairnHash
import TestSupport
import Testing

/// Every OpenCL device of this machine, against Crypto. `scripts/setup test` installs a driver for the CPU, so that there is one.
///
/// Only a machine without the library skips this: a library that is there and doesn't work is a failure.
@Suite(.enabled(if: openCLIsInstalled(), "no OpenCL library is installed; scripts/setup test installs one"))
struct OpenCLTests {
    typealias Message = SHA256Batch.Message

    @Test func everyLength() throws {
        var random = SplitMix64(seed: 20)
        let bytes = random.bytes(6_000)
        let messages = (0...4_096).shuffled(using: &random).map {
            Message(Int.random(in: 0..<1_900, using: &random), $0)
        }
        let expected = referenceDigests(messages, in: bytes, prefix: 0x00)
        for device in try OpenCLDevice.all() {
            let hasher = try device.open()
            #expect(try leaves(hasher, messages, in: bytes) == expected, "\(device.name)")
        }
    }

    @Test func everyNumberOfMessages() throws {
        var random = SplitMix64(seed: 21)
        let bytes = random.bytes(1_000)
        for device in try OpenCLDevice.all() {
            let hasher = try device.open()
            for count in Array(0...3) + [63, 64, 65, 127, 128, 129, 1_000] {
                let messages = (0..<count).map { _ in
                    Message(Int.random(in: 0..<500, using: &random), Int.random(in: 0...500, using: &random))
                }
                let expected = referenceDigests(messages, in: bytes, prefix: 0x00)
                #expect(try leaves(hasher, messages, in: bytes) == expected, "\(device.name), \(count)")
            }
        }
    }

    @Test func moreThanOneBatchHolds() throws {
        // 20 MB, so that each batch is used again.
        let size = 65_535
        let messages = (0..<320).map { Message($0 * 7, size - $0) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 80_000) { buffer, count in
            var random = SplitMix64(seed: 22)
            for place in buffer.indices { buffer[place] = UInt8(truncatingIfNeeded: random.next()) }
            count = buffer.count
        }
        let expected = referenceDigests(messages, in: bytes, prefix: 0x00)
        for device in try OpenCLDevice.all() {
            #expect(try leaves(device.open(), messages, in: bytes) == expected, "\(device.name)")
        }
    }

    @Test func aMessageLongerThanABatch() throws {
        let bytes = [UInt8](repeating: 0xC3, count: 9 << 20)
        let messages = [Message(5, 3), Message(1, bytes.count - 1), Message(0, 64)]
        let expected = referenceDigests(messages, in: bytes, prefix: 0x00)
        for device in try OpenCLDevice.all() {
            #expect(try leaves(device.open(), messages, in: bytes) == expected, "\(device.name)")
        }
    }

    @Test func batchesUnderWayTogether() throws {
        for device in try OpenCLDevice.all() {
            let hasher = try device.open()
            let batches = try (0..<3).map { _ in try hasher.makeBatch(byteCapacity: 1_000, messageCapacity: 100) }
            for round in 0..<4 {
                for (number, batch) in batches.enumerated() {
                    for place in batch.bytes.indices {
                        batch.bytes[place] = UInt8(truncatingIfNeeded: place * (round + number + 1))
                    }
                    for index in batch.messages.indices { batch.messages[index] = Message(index, 9 * index) }
                    try batch.start(count: 100 - round, byteCount: 1_000)
                }
                for (number, batch) in batches.enumerated() {
                    let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 * (round + number + 1)) }
                    let messages = (0..<100 - round).map { Message($0, 9 * $0) }
                    let expected = referenceDigests(messages, in: bytes, prefix: 0x00)
                    try batch.wait { digests, times in
                        #expect(Array(digests) == expected, "\(device.name)")
                        #expect(times.totalNanoseconds >= times.kernelNanoseconds)
                    }
                }
            }
        }
    }

    @Test func aBatchOfNothing() throws {
        let batch = try OpenCLDevice.best().open().makeBatch(byteCapacity: 1, messageCapacity: 1)
        try batch.start(count: 0, byteCount: 0)
        try batch.wait { digests, _ in #expect(digests.isEmpty) }
    }

    // MARK: What is wrong is seen

    @Test func aKernelThatHashesWronglyIsNotUsed() throws {
        let source = OpenCLDevice.leavesSource
        let device = try OpenCLDevice.best()
        // Each is one wrong digit in one place.
        for (right, wrong) in [
            ("rotate_right(e, 25)", "rotate_right(e, 26)"), ("at <= total", "at < total"),
            ("0x00FFFFFFu;", "0x01FFFFFFu;"), ("place + 64 <= total", "place + 63 <= total"),
        ] {
            let broken = source.replacing(right, with: wrong)
            #expect(broken != source)
            #expect(throws: OpenCLError.wrongDigests(device: device.name), "\(wrong)") {
                try OpenCLHasher(device, source: broken)
            }
        }
    }

    @Test func aKernelThatDoesNotCompile() throws {
        let device = try OpenCLDevice.best()
        let error = #expect(throws: OpenCLError.self) {
            try OpenCLHasher(device, source: "__kernel void leaves() { return no_such_name; }")
        }
        guard case .kernelRefused(let name, let log) = error else {
            Issue.record("the error is \(String(describing: error))")
            return
        }
        #expect(name == device.name)
        #expect(log.contains("no_such_name"))
    }

    @Test func aMessageBehindItsBytes() async {
        await #expect(processExitsWith: .failure) {
            let batch = try OpenCLDevice.best().open().makeBatch(byteCapacity: 100, messageCapacity: 1)
            batch.messages[0] = Message(offset: 10, byteCount: 41)
            try batch.start(count: 1, byteCount: 50)
        }
    }

    @Test func aSpeedIsMeasured() throws {
        // A clock that adds one second each time it is asked.
        let hasher = try OpenCLDevice.best().open()
        #expect(try LeafSpeed.of(hasher, messageByteCount: 1 << 20, clock: CountingClock()) == Double(24 << 20))
    }
}

private func leaves(
    _ hasher: OpenCLHasher, _ messages: [SHA256Batch.Message], in bytes: [UInt8]
) throws -> [Digest] {
    var digests = [Digest](repeating: .zero, count: messages.count)
    try bytes.withUnsafeBytes { bytes in
        try messages.withUnsafeBufferPointer { messages in
            try digests.withUnsafeMutableBufferPointer { try hasher.hashLeaves(messages, in: bytes, into: $0) }
        }
    }
    return digests
}

private func openCLIsInstalled() -> Bool {
    do throws(OpenCLError) {
        _ = try OpenCLDevice.all()
    } catch .noLibrary(let reason) {
        // One that is there and can't be loaded says something else.
        return !(reason.contains("libOpenCL.so.1") && reason.contains("No such file"))
    } catch {
        // The tests will say what is wrong.
    }
    return true
}
