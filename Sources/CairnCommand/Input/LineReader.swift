import CairnLedger
import Foundation

/// Reads a file or standard input line by line, in large pieces.
final class LineReader {
    private static let pieceBytes = 256 << 10

    /// Names the input in errors.
    let name: String
    /// Bytes in the file, nil when it isn't one.
    let byteCount: UInt64?
    /// The number of the line that came last, from 1.
    private(set) var lineNumber: UInt64 = 0
    /// Bytes of the lines so far, with their line feeds.
    private(set) var bytesRead: UInt64 = 0

    private let descriptor: Int32
    private let ownsDescriptor: Bool
    private var splitter: LineSplitter
    private var atEnd = false
    private var piece = [UInt8](repeating: 0, count: pieceBytes)

    /// - Parameter lineBytesMax: anything longer is refused.
    init(
        descriptor: Int32, name: String, ownsDescriptor: Bool = false, lineBytesMax: Int = Limits.recordTextBytesMax
    ) {
        self.descriptor = descriptor
        self.name = name
        self.ownsDescriptor = ownsDescriptor
        self.splitter = LineSplitter(lineBytesMax: lineBytesMax)
        var status = stat()
        let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        self.byteCount = isFile ? UInt64(status.st_size) : nil
    }

    static func standardInput() -> LineReader {
        LineReader(descriptor: STDIN_FILENO, name: "standard input")
    }

    convenience init(path: String) throws(CommandFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .failed("can't read \(path): \(String(cString: strerror(errno)))")
        }
        self.init(descriptor: descriptor, name: path, ownsDescriptor: true)
    }

    deinit {
        if self.ownsDescriptor { close(self.descriptor) }
    }

    /// The next line without its line feed, nil at the end.
    func next() throws(CommandFailure) -> [UInt8]? {
        while true {
            if let line = try self.buffered() { return line }
            guard !self.atEnd else {
                guard let rest = self.splitter.finish() else { return nil }
                self.count(rest)
                return rest
            }
            try self.readPiece()
        }
    }

    /// The next line that needs no reading; nil when there is none.
    func buffered() throws(CommandFailure) -> [UInt8]? {
        do throws(LineTooLong) {
            guard let line = try self.splitter.next() else { return nil }
            self.count(line)
            return line
        } catch {
            throw .failed(
                "\(self.name), line \(self.lineNumber + 1): more than \(self.splitter.lineBytesMax) bytes in one line")
        }
    }

    private func count(_ line: [UInt8]) {
        self.lineNumber += 1
        self.bytesRead += UInt64(line.count) + 1
    }

    private func readPiece() throws(CommandFailure) {
        let count = self.piece.withUnsafeMutableBytes { read(self.descriptor, $0.baseAddress, $0.count) }
        if count > 0 {
            self.splitter.append(self.piece[..<count])
        } else if count == 0 {
            self.atEnd = true
        } else if errno != EINTR {
            throw .failed("can't read \(self.name): \(String(cString: strerror(errno)))")
        }
    }
}
