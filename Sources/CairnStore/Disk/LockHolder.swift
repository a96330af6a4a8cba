#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Who holds a lock, for the person who is refused.
package enum LockHolder {
    /// `process 4711`. Nil when nothing tells.
    ///
    /// - Parameters:
    ///   - descriptor: of the folder or file that another process has locked.
    ///   - place: of the file that the holder's number was written to.
    static func find(_ descriptor: Int32, place: String) -> String? {
        if let table = try? RealFile.text(ofSystemFile: "/proc/locks", byteCountMax: 1 << 20) {
            var status = stat()
            if fstat(descriptor, &status) == 0, let number = Self.process(locking: UInt64(status.st_ino), in: table) {
                return "process \(number)"
            }
        }
        // Elsewhere than on Linux, or from another PID namespace. The file may have been replaced meanwhile.
        guard let file = try? RealFile(opening: place, O_RDONLY), let bytes = try? file.bytes(at: 0, count: 32) else {
            return nil
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return !text.isEmpty && text.allSatisfy(\.isNumber) ? "process \(text)" : nil
    }

    /// The process that has locked an inode, as `/proc/locks` says (proc(5)), a line each:
    ///
    ///     1: FLOCK  ADVISORY  WRITE 4711 08:01:131074 0 EOF
    ///
    /// Devices are left out of account: what stands there isn't the number that a file's status has on every file system.
    /// A line with an arrow is of somebody who waits.
    package static func process(locking inode: UInt64, in table: String) -> Int? {
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count >= 8, fields[1] == "FLOCK", let number = Int(fields[4]), number > 0,
                fields[5].split(separator: ":").last.flatMap({ UInt64($0) }) == inode
            else { continue }
            return number
        }
        return nil
    }
}

extension RealFile {
    /// What the system says in one of its own files, which have no size.
    fileprivate static func text(ofSystemFile path: String, byteCountMax: Int) throws(DiskError) -> String {
        let file = try RealFile(opening: path, O_RDONLY)
        return String(decoding: try file.bytes(at: 0, count: byteCountMax), as: UTF8.self)
    }
}
