import Foundation
import Testing

/// `cairn serve`, or another command that listens, in a process of its own, on a port that the system chose.
final class RunningNode {
    let url: String
    private let process: Process
    private let ended: AsyncStream<Int32>

    /// Starts it and waits until it listens.
    convenience init(
        _ arguments: String..., in directory: TemporaryDirectory, environment: [String: String] = [:]
    ) async throws {
        try await self.init(
            command: ["serve", "--port", "0"] + arguments, in: directory, environment: environment)
    }

    init(
        command: [String], in directory: TemporaryDirectory, environment: [String: String] = [:]
    ) async throws {
        let process = CairnProgram.process(command, in: directory, environment: environment)
        let errors = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        let (ended, endedContinuation) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = {
            endedContinuation.yield($0.terminationStatus)
            endedContinuation.finish()
        }
        let (pieces, continuation) = AsyncStream.makeStream(of: Data.self)
        errors.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                continuation.finish()
            } else {
                continuation.yield(data)
            }
        }
        try process.run()
        var log = ""
        var url: String?
        for await piece in pieces {
            log += String(decoding: piece, as: UTF8.self)
            if let match = log.firstMatch(of: /http:\/\/127\.0\.0\.1:\d+(?=[\s"])/) {
                url = String(match.output)
                break
            }
        }
        self.process = process
        self.ended = ended
        self.url = try #require(url, "the node did not listen: \(log)")
    }

    deinit {
        if self.process.isRunning { kill(self.process.processIdentifier, SIGKILL) }
    }

    /// Its exit code, when it has ended.
    var ending: Int32? {
        get async { await self.ended.first { _ in true } }
    }

    /// Asks it to stop and gives its exit code.
    func stop(signal: Int32 = SIGTERM) async -> Int32? {
        kill(self.process.processIdentifier, signal)
        return await self.ending
    }
}
