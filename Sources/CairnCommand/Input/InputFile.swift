import Foundation

/// Small files, read whole.
enum InputFile {
    /// - Throws: also when it is no regular file, or longer than `bytesMax`. A stream that the shell has opened for this
    ///   process (`<(…)`, `/dev/stdin`) is read too; nothing else is waited for.
    static func read(_ path: String, bytesMax: Int) throws(CommandFailure) -> [UInt8] {
        // Without O_NONBLOCK the opening of a FIFO waits for its other end.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw .failed("can't read \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .failed("can't look at \(path)") }
        if status.st_mode & S_IFMT == S_IFREG {
            guard status.st_size <= bytesMax else { throw self.tooLarge(path, bytesMax) }
        } else {
            guard self.isStream(path), fcntl(descriptor, F_SETFL, 0) == 0 else {
                throw .failed("\(path) is no regular file; put the file there, or name another")
            }
        }
        return try self.read(descriptor, name: path, bytesMax: bytesMax)
    }

    /// Whether a path names what this process was given open.
    private static func isStream(_ path: String) -> Bool {
        path == "/dev/stdin" || path.hasPrefix("/dev/fd/") || path.hasPrefix("/proc/self/fd/")
    }

    private static func tooLarge(_ name: String, _ bytesMax: Int) -> CommandFailure {
        .failed("\(name) is too large: at most \(bytesMax) bytes are read")
    }

    static func standardInput(bytesMax: Int) throws(CommandFailure) -> [UInt8] {
        try self.read(STDIN_FILENO, name: "standard input", bytesMax: bytesMax)
    }

    private static func read(
        _ descriptor: Int32, name: String, bytesMax: Int
    ) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= bytesMax {
            let count = Foundation.read(descriptor, &piece, piece.count)
            if count == 0 { return bytes }
            guard count > 0 || errno == EINTR else {
                throw .failed("can't read \(name): \(String(cString: strerror(errno)))")
            }
            bytes += piece.prefix(max(0, count))
        }
        throw self.tooLarge(name, bytesMax)
    }
}
