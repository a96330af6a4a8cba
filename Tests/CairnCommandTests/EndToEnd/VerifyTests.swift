import CairnCommand
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct VerifyTests {
    private let directory: TemporaryDirectory

    init() throws {
        self.directory = try TemporaryDirectory()
    }

    private func run(_ arguments: String...) async throws -> CairnProgram.Result {
        try await CairnProgram.run(arguments: arguments, in: self.directory)
    }

    /// All files of the data directory.
    private func files() throws -> [String: Data] {
        let root = self.directory.file("cairn-data")
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root) {
            files[path] = FileManager.default.contents(atPath: root + "/" + path)
        }
        return files
    }

    @Test func aGoodLedger() async throws {
        _ = try await self.run("init")
        _ = try await self.run("append", #""a record to find""#)
        let before = try self.files()
        let result = try await self.run("verify", "--deep", "--certificates")
        #expect(result.exitCode == 0)
        #expect(result.errorOutput == "")
        #expect(result.output.hasPrefix("valid: 2 blocks, 1 record, "))
        #expect(try await self.run("verify", "--json").output.contains(#""valid":true"#))
        #expect(try self.files() == before)
    }

    @Test func thatItUsesADeviceOrSaysWhyNot() async throws {
        _ = try await self.run("init")
        _ = try await self.run("append", "1")
        for device in ["cpu", "auto"] {
            let result = try await self.run("verify", "--device", device, "--workers", "3")
            #expect(result.exitCode == 0)
            #expect(result.output.hasPrefix("valid: 2 blocks, 1 record, "))
        }
        let gpu = try await self.run("verify", "--device", "gpu")
        if gpu.exitCode == 0 {
            #expect(gpu.output.hasPrefix("valid: 2 blocks, 1 record, "))
        } else {
            #expect(gpu.output == "")
            #expect(gpu.errorOutput.contains("no GPU to verify with: "))
        }
        #expect(try await self.run("verify", "--device", "tpu").exitCode == 64)
        #expect(try await self.run("verify", "--workers", "0").exitCode == 64)
    }

    @Test func aChangedByteIsFoundAndNotRepaired() async throws {
        _ = try await self.run("init")
        _ = try await self.run("append", "1")
        _ = try await self.run("append", #""a record to find""#)
        _ = try await self.run("append", "3")
        let (path, data) = try #require(
            try self.files().first { $0.value.range(of: Data("a record to find".utf8)) != nil })
        let place = try #require(data.range(of: Data("a record to find".utf8))?.lowerBound)
        var changed = data
        changed[place] ^= 1
        try changed.write(to: URL(filePath: self.directory.file("cairn-data/" + path)))
        let before = try self.files()

        let text = try await self.run("verify")
        #expect(text.exitCode == 1)
        #expect(text.output.hasPrefix("NOT VALID: block 2 ("))
        #expect(text.output.contains("good before it: 2 blocks, 1 record"))
        let json = try await self.run("verify", "--json")
        #expect(json.exitCode == 1)
        #expect(json.output.contains(#""failed_block":2,"#))
        #expect(json.output.contains(#""valid":false"#))
        #expect(try self.files() == before)
    }
}
