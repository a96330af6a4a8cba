import CairnClient
import Foundation

/// A file that appears under its name only when it is whole. What isn't a regular file (a device, a FIFO, the other end of a
/// pipe) is written to as it is: there is nothing to replace. What a process left that was killed is removed by the next one.
final class ExportFile {
    let output: Output

    private static let ending = "partial"

    private let path: String
    private let descriptor: Int32
    /// Where the content stands until it is whole; nil for what is written to as it is.
    private let partialPath: String?
    private let replaces: Bool
    private var isFinished = false

    /// - Parameter replaces: a file of that name may be there.
    init(path: String, replaces: Bool) throws(CommandFailure) {
        var status = stat()
        let isThere = stat(path, &status) == 0
        let kind = status.st_mode & S_IFMT
        self.path = path
        self.replaces = replaces
        if isThere, kind != S_IFREG {
            guard kind == S_IFCHR || kind == S_IFBLK || kind == S_IFIFO else {
                throw .failed("can't write \(path): it is no file, and nothing that can be written to")
            }
            self.partialPath = nil
            self.descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
        } else {
            guard replaces || !isThere else { throw Self.exists(path) }
            NewFile.removeLeftovers(beside: path, ending: Self.ending)
            let partial = NewFile(beside: path, ending: Self.ending)
            self.partialPath = partial.path
            self.descriptor = partial.descriptor
        }
        guard self.descriptor >= 0 else { throw Self.failure(path, errno) }
        self.output = Output(descriptor: self.descriptor, name: path, isShown: false)
    }

    deinit {
        if self.descriptor >= 0 { close(self.descriptor) }
        if !self.isFinished, self.descriptor >= 0, let partialPath { unlink(partialPath) }
    }

    /// To be called when everything was flushed.
    func finish() throws(CommandFailure) {
        guard let partialPath else {
            // Most of these can't be synced, and need not be.
            self.isFinished = true
            return
        }
        guard fsync(self.descriptor) == 0 else { throw Self.failure(self.path, errno) }
        if self.replaces {
            guard rename(partialPath, self.path) == 0 else { throw Self.failure(self.path, errno) }
        } else {
            let code = NewFile.place(partialPath, at: self.path)
            guard code == 0 else { throw code == EEXIST ? Self.exists(self.path) : Self.failure(self.path, code) }
        }
        self.isFinished = true
    }

    private static func exists(_ path: String) -> CommandFailure {
        .failed("\(path) exists already; --force replaces it")
    }

    private static func failure(_ path: String, _ code: Int32) -> CommandFailure {
        .failed("can't write \(path): \(String(cString: strerror(code)))")
    }
}
