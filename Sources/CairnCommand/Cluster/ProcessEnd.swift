/// How a process ended, in words that stand behind its name.
package enum ProcessEnd: Equatable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case signaled(Int32)

    /// The signals that end processes (signal(7)): those that somebody sends, and those of bugs.
    private static let names: [Int32: String] = [
        1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
        9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
    ]

    package var description: String {
        switch self {
        case .exited(let code): "ended with the exit code \(code)"
        case .signaled(let number):
            "was ended by signal \(number)" + (Self.names[number].map { " (\($0))" } ?? "")
        }
    }
}
