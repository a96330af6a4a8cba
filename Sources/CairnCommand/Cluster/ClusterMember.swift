import Foundation
import NIOCore
import Subprocess
import SystemPackage

/// One node of a local cluster: a process of this program that ends with it, however it ends.
final class ClusterMember: Sendable {
    /// A node that stops writes what it has accepted, and lets requests end: far below this.
    private static let stoppingTimeMax = Duration.seconds(20)

    let number: Int
    let data: String
    let logPath: String
    let pid: Int32
    /// Where it listens.
    let url: NodeAddress
    /// How the process ended, when it has, as `ProcessEnd` says it. Cancelled, it is asked to end.
    let ended: Task<String, Never>

    private init(
        number: Int, data: String, logPath: String, pid: Int32, url: NodeAddress, ended: Task<String, Never>
    ) {
        self.number = number
        self.data = data
        self.logPath = logPath
        self.pid = pid
        self.url = url
        self.ended = ended
    }

    /// Starts a process, and returns when it listens.
    ///
    /// - Parameters:
    ///   - ports: for HTTP and for links; 0: the system chooses.
    ///   - demo: whether clients may damage a block.
    static func start(
        number: Int, of count: Int, folder: ClusterFolder, ports: (http: UInt16, links: UInt16), join: [String],
        demo: Bool
    ) async throws(CommandFailure) -> ClusterMember {
        let (data, logPath) = (folder.data(number), folder.log(number))
        let arguments =
            [
                "serve", "--stop-at-eof", "--data", data, "--port", String(ports.http), "--peer-port",
                // All of them share the cores.
                String(ports.links), "--http-threads", String(System.coreCount / count),
            ] + join.flatMap { ["--join", $0] } + (demo ? ["--demo"] : [])
        let log = try Self.log(logPath)
        let (news, continuation) = AsyncStream.makeStream(of: News.self)
        let ended = Task {
            defer { continuation.finish() }
            return await Self.run(arguments, log: log) { continuation.yield($0) }
        }
        var pid: Int32 = 0
        var text = ""
        for await item in news {
            switch item {
            case .started(let identifier): pid = identifier
            case .said(let piece): text += piece
            }
            if let match = text.firstMatch(of: /listening address=(http:\/\/\S+)\s/) {
                let url = try NodeAddress(String(match.1))
                return ClusterMember(
                    number: number, data: data, logPath: logPath, pid: pid, url: url, ended: ended)
            }
        }
        // It ended, or this was cancelled.
        ended.cancel()
        let how = await ended.value
        let reason = text.split(separator: "\n").last.map { String($0) } ?? "it \(how)"
        throw .failed("node \(number) did not start: \(reason) (see \(logPath))")
    }

    /// Asks the process to stop, kills it when it hasn't after a while, and returns when it has ended.
    func stop() async {
        self.ended.cancel()
        _ = await self.ended.value
    }

    // MARK: The process

    private enum News {
        case started(pid: Int32)
        case said(String)
    }

    /// Runs a process to its end. Its standard input ends with this one: it doesn't outlive it.
    private static func run(
        _ arguments: [String], log: FileHandle, tell: @escaping @Sendable (News) -> Void
    ) async -> String {
        var options = PlatformOptions()
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: Self.stoppingTimeMax)]
        // Ctrl-C at a terminal goes to this process only, which then stops the others.
        options.processGroupID = 0
        // Settings of this command's caller are not the nodes'.
        let variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CAIRN_") }
        let environment = Environment.custom(
            Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0.key), $0.value) }))
        do {
            let result = try await Subprocess.run(
                .path(FilePath(Self.program)), arguments: Arguments(arguments), environment: environment,
                platformOptions: options, input: .inputWriter, output: .discarded, error: .sequence
            ) { execution in
                tell(.started(pid: execution.processIdentifier.value))
                for try await buffer in execution.standardError {
                    let bytes = buffer.withUnsafeBytes { Array($0) }
                    try? log.write(contentsOf: bytes)
                    tell(.said(String(decoding: bytes, as: UTF8.self)))
                }
            }
            return Self.words(for: result.terminationStatus)
        } catch {
            return "ended: \(error)"
        }
    }

    /// How a process ended, as it stands behind "it".
    private static func words(for status: TerminationStatus) -> String {
        switch status {
        case .exited(let code): ProcessEnd.exited(code).description
        case .signaled(let number): ProcessEnd.signaled(number).description
        }
    }

    private static let program =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]

    /// A file that log lines go to, behind those of earlier runs.
    private static func log(_ path: String) throws(CommandFailure) -> FileHandle {
        // Neither a link nor a FIFO, whose other end would be waited for.
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        let descriptor = open(path, flags, 0o644)
        guard descriptor >= 0 else { throw .failed("can't write \(path): \(String(cString: strerror(errno)))") }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}
