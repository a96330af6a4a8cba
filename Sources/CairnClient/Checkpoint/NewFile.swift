internal import Foundation

/// A new file beside the one whose place it takes when it is whole: `<path>.<random>.<ending>`.
///
/// Nobody can guess its name, and so nobody can have put anything there, such as a link to another file. Whoever writes it
/// holds its lock (flock(2)): one that nobody holds was left by a process that was killed, and the next one removes it.
package struct NewFile {
    /// As many digits as the largest number has, base 36.
    private static let randomDigits = 13

    package let path: String
    /// Below 0 when the file couldn't be made; then `errno` says why. Whoever made it closes it.
    package let descriptor: Int32

    /// Makes one.
    package init(beside path: String, ending: String) {
        var new: String
        var descriptor: Int32
        repeat {
            new = Self.path(beside: path, ending: ending)
            descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
            // Somebody who removes leftovers may have come before the lock.
        } while descriptor >= 0 && !Self.isKept(descriptor, new)
        self.path = new
        self.descriptor = descriptor
    }

    private static func path(beside path: String, ending: String) -> String {
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        return "\(path).\(String(repeating: "0", count: Self.randomDigits - random.count))\(random).\(ending)"
    }

    /// Takes the lock. Closes what somebody else has just removed.
    private static func isKept(_ descriptor: Int32, _ path: String) -> Bool {
        // Some file systems know no locks. There nobody removes leftovers either.
        let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
        if isLocked, access(path, F_OK) == 0 { return true }
        close(descriptor)
        return false
    }

    // MARK: Leftovers

    /// Removes what killed processes left beside a file. What can't be removed stays.
    package static func removeLeftovers(beside path: String, ending: String) {
        let name = path.split(separator: "/").last.map { String($0) } ?? ""
        let folder = path.hasSuffix(name) ? String(path.dropLast(name.count)) : ""
        guard !name.isEmpty else { return }
        Self.removeLeftovers(in: folder.isEmpty ? "." : folder, of: name, ending: ending)
    }

    /// - Parameter name: of the file beside which they are; nil: of any.
    package static func removeLeftovers(in folder: String, of name: String? = nil, ending: String) {
        guard let found = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
        for leftover in found where Self.isName(leftover, of: name, ending: ending) {
            let path = folder + "/" + leftover
            let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
                flock(descriptor, LOCK_EX | LOCK_NB) == 0
            else { continue }
            unlink(path)
        }
    }

    private static func isName(_ text: String, of name: String?, ending: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[parts.count - 1] == ending else { return false }
        let random = parts[parts.count - 2]
        // The number that begins with the largest digit begins with a 3.
        guard random.utf8.count == Self.randomDigits, let first = random.first, "0123".contains(first),
            random.allSatisfy({
                $0.isASCII && ($0.isNumber || $0.isLowercase)
            })
        else { return false }
        return name == nil || parts.dropLast(2).joined(separator: ".") == name
    }

    // MARK: Its place

    /// Gives a whole file its name, unless another one has that.
    ///
    /// - Returns: 0, or why it couldn't (errno): `EEXIST` when there is one.
    package static func place(_ new: String, at path: String) -> Int32 {
        Self.place(new, at: path) { link($0, $1) }
    }

    /// - Parameter linking: link(2), or what a file system without links makes of it.
    package static func place(_ new: String, at path: String, linking: (String, String) -> Int32) -> Int32 {
        // A link, unlike a rename, never takes the place of a file that was made meanwhile.
        if linking(new, path) == 0 {
            unlink(new)
            return 0
        }
        let code = errno
        // Some file systems have no links: exFAT, and some that FUSE mounts.
        guard [EPERM, EOPNOTSUPP, ENOSYS, EINVAL, EMLINK].contains(code) else { return code }
        // There an empty file takes the name, if nobody has it, and gives way to the whole one. What is lost: until then, and
        // after a crash in between, the name stands for an empty file, and what somebody writes to that meanwhile is gone.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return errno }
        close(descriptor)
        guard rename(new, path) == 0 else {
            let code = errno
            unlink(path)
            return code
        }
        return 0
    }
}
