import Foundation

/// What the standard streams are connected to.
package enum Terminal {
    static var isStandardInput: Bool { isatty(STDIN_FILENO) == 1 }
    static var isStandardOutput: Bool { isatty(STDOUT_FILENO) == 1 }
    static var isStandardError: Bool { isatty(STDERR_FILENO) == 1 }

    /// The width of the terminal on standard error, in columns; 80 when it doesn't say.
    static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes to standard error at once. What can't be written there can't be reported anywhere.
    ///
    /// - Returns: whether all of it was written.
    @discardableResult
    static func writeError(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EAGAIN {
                // Whoever gave it away doesn't want to be waited for; a log does.
                var waiting = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, -1)
                continue
            }
            guard count > 0 || errno == EINTR else { return false }
            rest = rest.dropFirst(max(0, count))
        }
        return true
    }
}
