import Foundation

/// What is asked of the file system about folders.
enum Folders {
    /// Nothing is written where a link leads.
    static func refuseLink(_ path: String) throws(CommandFailure) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return }
        throw .failed("\(path) is a symbolic link; remove it")
    }

    /// Removes all that is in a folder.
    static func empty(_ path: String) throws(CommandFailure) {
        do {
            for name in try FileManager.default.contentsOfDirectory(atPath: path) {
                try FileManager.default.removeItem(atPath: path + "/" + name)
            }
        } catch {
            throw .failed("can't empty \(path): \(error.localizedDescription)")
        }
    }

    /// Removes a folder with all that is in it.
    static func remove(_ path: String) throws(CommandFailure) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw .failed("can't remove \(path): \(error.localizedDescription)")
        }
    }
}
