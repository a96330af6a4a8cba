internal import Foundation

/// A file that is replaced in one step: after a crash it holds what it held before or what was stored, never a part.
///
/// The new content is written to a new file beside it, `<path>.<random>.new`, synced, and renamed; then the folder is synced.
/// What a process left of it that was killed is removed when the file is read.
public struct FileCheckpointStorage: CheckpointStorage {
    /// A note and more.
    private static let bytesMax = 4 << 20
    /// Of the name of a file that is being written.
    package static let ending = "new"

    public let path: String

    /// - Parameter path: of the file; its folder has to be there.
    public init(path: String) {
        self.path = path
    }

    /// What the system said.
    public struct Failure: Error, Hashable, CustomStringConvertible {
        public var path: String
        public var reason: String

        public var description: String { "\(self.path): \(self.reason)" }
    }

    public func load() throws -> [UInt8]? {
        NewFile.removeLeftovers(beside: self.path, ending: Self.ending)
        // Without O_NONBLOCK the opening of a FIFO waits for its other end.
        let descriptor = open(self.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw self.failure(self.path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw self.failure(self.path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(path: self.path, reason: "it is no regular file; put the file back, or remove what is there")
        }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= Self.bytesMax {
            let count = read(descriptor, &piece, piece.count)
            if count == 0 { return bytes }
            guard count > 0 || errno == EINTR else { throw self.failure(self.path) }
            bytes += piece.prefix(max(0, count))
        }
        throw Failure(path: self.path, reason: "it is larger than \(Self.bytesMax) bytes")
    }

    public func store(_ bytes: [UInt8]) throws {
        let file = NewFile(beside: self.path, ending: Self.ending)
        let (new, descriptor) = (file.path, file.descriptor)
        guard descriptor >= 0 else { throw self.failure(new) }
        // Until it has its name: who finds it unlocked before takes it for a leftover.
        defer { close(descriptor) }
        var isWritten = false
        defer { if !isWritten { unlink(new) } }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                write(descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            guard count >= 0 || errno == EINTR else { throw self.failure(new) }
            written += max(0, count)
        }
        guard fsync(descriptor) == 0 else { throw self.failure(new) }
        guard rename(new, self.path) == 0 else { throw self.failure(self.path) }
        isWritten = true
        let folderPath = URL(filePath: self.path).deletingLastPathComponent().path
        let folder = open(folderPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw self.failure(folderPath) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw self.failure(folderPath) }
    }

    private func failure(_ path: String) -> Failure {
        Failure(path: path, reason: String(cString: strerror(errno)).lowercased())
    }
}
