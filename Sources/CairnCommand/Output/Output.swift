import Foundation

/// Buffered writing to a file descriptor.
package final class Output {
    private static let bufferBytes = 64 << 10

    private let descriptor: Int32
    /// Names the output in errors.
    private let name: String
    /// Whether what is written is shown as it is by a terminal.
    private let isShown: Bool
    private var buffer: [UInt8] = []

    package init(descriptor: Int32, name: String, isShown: Bool) {
        self.descriptor = descriptor
        self.name = name
        self.isShown = isShown
        self.buffer.reserveCapacity(Self.bufferBytes)
    }

    static func standard() -> Output {
        Output(descriptor: STDOUT_FILENO, name: "standard output", isShown: Terminal.isStandardOutput)
    }

    /// Bytes as they are, to a file of their own form.
    package func write(_ bytes: [UInt8]) throws(CommandFailure) {
        self.buffer += bytes
        if self.buffer.count >= Self.bufferBytes { try self.flush() }
    }

    /// Text for people, of one line or more. It may quote what came from a node or a file: whatever a terminal would not draw as
    /// itself is written as its escape.
    package func line(_ text: String) throws(CommandFailure) {
        try self.write(Array((text.withoutControlCharactersInLines + "\n").utf8))
    }

    /// Something for programs, such as JSON, just as it is. On a terminal it is escaped, which in JSON means the same.
    package func line(_ bytes: [UInt8]) throws(CommandFailure) {
        if self.isShown {
            try self.line(String(decoding: bytes, as: UTF8.self))
        } else {
            try self.write(bytes + [UInt8(ascii: "\n")])
        }
    }

    /// Writes out what is buffered. To be called at the end: there is no other way to learn that it failed.
    package func flush() throws(CommandFailure) {
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
