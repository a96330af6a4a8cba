/// Why a command could not do what it was asked: one sentence for a person, and the exit code.
package struct CommandFailure: Error, Hashable, CustomStringConvertible {
    /// What is wrong, where, and what to do; without a full stop.
    package var message: String
    package var exitCode: Int32

    /// The request itself can't be (sysexits.h: EX_USAGE).
    package static func usage(_ message: String) -> CommandFailure {
        CommandFailure(message: message, exitCode: 64)
    }

    package static func failed(_ message: String) -> CommandFailure {
        CommandFailure(message: message, exitCode: 1)
    }

    /// The ledger needs a newer version of this program (sysexits.h: EX_CONFIG). The systemd unit names the number too.
    package static let tooOld: Int32 = 78

    /// Whoever read the output stopped reading: nothing to say, and the exit code that SIGPIPE would give.
    package static let outputClosed = CommandFailure(message: "", exitCode: 141)

    package var description: String { self.message }
}
