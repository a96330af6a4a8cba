import Foundation

/// Small files, read whole.
enum InputFile {
    /// - Throws: also when the file is longer than `bytesMax`.
    static func read(_ path: String, bytesMax: Int) throws(CommandFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .failed("can't read \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        return try self.read(descriptor, name: path, bytesMax: bytesMax)
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
        throw .failed("\(name) is too large: at most \(bytesMax) bytes are read")
    }
}
