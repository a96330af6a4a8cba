import Foundation

/// A file that appears under its name only when it is whole.
final class ExportFile {
    let output: Output

    private let path: String
    private let partialPath: String
    private let descriptor: Int32
    private let replaces: Bool
    private var isFinished = false

    /// - Parameter replaces: a file of that name may be there.
    init(path: String, replaces: Bool) throws(CommandFailure) {
        guard replaces || !FileManager.default.fileExists(atPath: path) else { throw Self.exists(path) }
        self.path = path
        self.partialPath = path + ".partial"
        self.replaces = replaces
        self.descriptor = open(self.partialPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard self.descriptor >= 0 else { throw Self.failure(path) }
        self.output = Output(descriptor: self.descriptor, name: path)
    }

    deinit {
        if self.descriptor >= 0 { close(self.descriptor) }
        if !self.isFinished { unlink(self.partialPath) }
    }

    /// To be called when everything was flushed.
    func finish() throws(CommandFailure) {
        guard fsync(self.descriptor) == 0 else { throw Self.failure(self.path) }
        if self.replaces {
            guard rename(self.partialPath, self.path) == 0 else { throw Self.failure(self.path) }
        } else {
            // A link, unlike a rename, never takes the place of a file that was made meanwhile.
            guard link(self.partialPath, self.path) == 0 else {
                throw errno == EEXIST ? Self.exists(self.path) : Self.failure(self.path)
            }
            unlink(self.partialPath)
        }
        self.isFinished = true
    }

    private static func exists(_ path: String) -> CommandFailure {
        .failed("\(path) exists already; --force replaces it")
    }

    private static func failure(_ path: String) -> CommandFailure {
        .failed("can't write \(path): \(String(cString: strerror(errno)))")
    }
}
