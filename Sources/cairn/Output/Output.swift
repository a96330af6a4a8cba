import Foundation

/// Buffered writing to a file descriptor.
final class Output {
    private static let bufferBytes = 64 << 10

    private let descriptor: Int32
    /// Names the output in errors.
    private let name: String
    private var buffer: [UInt8] = []

    init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
        self.buffer.reserveCapacity(Self.bufferBytes)
    }

    static func standard() -> Output {
        Output(descriptor: STDOUT_FILENO, name: "standard output")
    }

    func write(_ bytes: [UInt8]) throws(CommandFailure) {
        self.buffer += bytes
        if self.buffer.count >= Self.bufferBytes { try self.flush() }
    }

    func write(_ text: String) throws(CommandFailure) {
        try self.write(Array(text.utf8))
    }

    func line(_ text: String) throws(CommandFailure) {
        try self.write(text + "\n")
    }

    func line(_ bytes: [UInt8]) throws(CommandFailure) {
        try self.write(bytes)
        try self.write([UInt8(ascii: "\n")])
    }

    /// Writes out what is buffered. To be called at the end: there is no other way to learn that it failed.
    func flush() throws(CommandFailure) {
        var written = 0
        while written < self.buffer.count {
            let count = self.buffer.withUnsafeBytes { bytes in
                Foundation.write(self.descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno == EPIPE {
                throw .outputClosed
            } else if errno != EINTR {
                throw .failed("can't write to \(self.name): \(String(cString: strerror(errno)))")
            }
        }
        self.buffer.removeAll(keepingCapacity: true)
    }
}
