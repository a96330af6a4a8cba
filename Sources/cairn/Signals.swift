import Foundation

/// What SIGTERM and SIGINT do before a command takes care of them itself, or when it never does: they end the program.
///
/// That is what they do by default, but for the first process of a container: the kernel ignores signals there that nobody
/// handles (pid_namespaces(7)), and whoever stops the container would wait in vain.
enum Signals {
    /// To be called before anything else.
    static func endTheFirstProcess() {
        guard getpid() == 1 else { return }
        for number in [SIGTERM, SIGINT] {
            // The exit code that a shell gives a process which a signal ended.
            signal(number) { number in _exit(128 + number) }
        }
    }
}
