import Foundation

/// The built program, run as a person would run it.
enum CairnProgram {
    /// It lies beside the test bundle.
    static let url = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "cairn")

    struct Result: Equatable {
        var output: String
        var errorOutput: String
        var exitCode: Int32
    }

    /// A process that is set up and not started; only what a test sets of our variables is set.
    static func process(
        _ arguments: [String], in directory: TemporaryDirectory, environment: [String: String]
    ) -> Process {
        let process = Process()
        process.executableURL = self.url
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: directory.path)
        var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CAIRN_") }
        variables.merge(environment) { $1 }
        process.environment = variables
        return process
    }

    /// Runs a command to its end.
    static func run(
        arguments: [String], in directory: TemporaryDirectory, input: String = "",
        environment: [String: String] = [:]
    ) async throws -> Result {
        // Files, not pipes: nothing waits for a reader.
        let id = UUID().uuidString
        let process = self.process(arguments, in: directory, environment: environment)
        process.standardInput = try FileHandle(forReadingFrom: URL(filePath: directory.write(input, to: ".in-" + id)))
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: directory.write("", to: ".out-" + id)))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: directory.write("", to: ".err-" + id)))
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
        let identifier = process.processIdentifier
        // A test that runs out of time leaves no process behind.
        await withTaskCancellationHandler {
            for await _ in ended {}
            process.waitUntilExit()
        } onCancel: {
            kill(identifier, SIGKILL)
        }
        return Result(
            output: try directory.read(".out-" + id), errorOutput: try directory.read(".err-" + id),
            exitCode: process.terminationStatus)
    }
}
