internal import CCairnDisk

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// An open file descriptor of a regular file.
///
/// Whatever else stands where a file has to be (a FIFO, a device, a folder, a socket) is refused when it is opened, so that
/// nothing waits for it or reads from it without end. Links are followed: files may lie elsewhere.
final class RealFile: DiskFile {
    let path: String
    let descriptor: Int32

    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    /// - Parameter place: path as the system knows it.
    convenience init(opening place: String, _ flags: Int32) throws(DiskError) {
        // Without O_NONBLOCK the opening of a FIFO waits for its other end; to regular files it makes no difference.
        let descriptor = sparingOpen(place, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            if code == ELOOP, flags & O_NOFOLLOW != 0 {
                throw DiskError(operation: "open", path: place, reason: .notAFile("a link"))
            }
            // Some can't be opened at all, and the system's words don't say why.
            var status = stat()
            if stat(place, &status) == 0, let kind = Self.kind(status) {
                throw DiskError(operation: "open", path: place, reason: .notAFile(kind))
            }
            throw DiskError(errno: code, operation: "open", path: place)
        }
        self.init(path: place, descriptor: descriptor)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw self.failure("look at") }
        if let kind = Self.kind(status) { throw DiskError(operation: "open", path: place, reason: .notAFile(kind)) }
    }

    /// What it is, nil when it is a regular file.
    private static func kind(_ status: stat) -> String? {
        switch status.st_mode & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: "a folder"
        case S_IFIFO: "a FIFO"
        case S_IFSOCK: "a socket"
        case S_IFCHR, S_IFBLK: "a device"
        default: "no regular file"
        }
    }

    deinit {
        close(self.descriptor)
    }

    private func failure(_ operation: String) -> DiskError {
        DiskError(errno: errno, operation: operation, path: self.path)
    }

    func size() throws(DiskError) -> UInt64 {
        var status = stat()
        guard fstat(self.descriptor, &status) == 0 else { throw self.failure("look at") }
        return UInt64(status.st_size)
    }

    func isOpenToOthers() throws(DiskError) -> Bool {
        var status = stat()
        guard fstat(self.descriptor, &status) == 0 else { throw self.failure("look at") }
        // As OpenSSH does it: of somebody else's file the owner has decided who may read it.
        return status.st_uid == geteuid() && status.st_mode & 0o077 != 0
    }

    func closeToOthers() throws(DiskError) {
        var status = stat()
        guard fstat(self.descriptor, &status) == 0 else { throw self.failure("look at") }
        // Some file systems have no modes to change, and say what they were told when they were mounted.
        guard status.st_mode & 0o077 != 0 else { return }
        guard fchmod(self.descriptor, 0o600) == 0 else { throw self.failure("keep others from") }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = retryingInterrupts {
                pread(
                    self.descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset) + done)
            }
            guard count >= 0 else { throw self.failure("read") }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func readCached(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) -> Bool {
        guard let start = buffer.baseAddress else { return true }
        let count = cairn_read_cached(self.descriptor, start, Int64(buffer.count), Int64(offset))
        return count == Int64(buffer.count)
    }

    func write(_ bytes: RawSpan, at offset: UInt64) throws(DiskError) {
        var done = 0
        while done < bytes.byteCount {
            let count = bytes.withUnsafeBytes { buffer in
                retryingInterrupts {
                    pwrite(
                        self.descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done,
                        off_t(offset) + done)
                }
            }
            guard count > 0 else { throw self.failure("write") }
            done += count
        }
    }

    func sync() throws(DiskError) {
        #if canImport(Darwin)
            // fsync leaves the data in the drive's cache there.
            let result = fcntl(self.descriptor, F_FULLFSYNC)
        #else
            let result = retryingInterrupts { fdatasync(self.descriptor) }
        #endif
        guard result == 0 else { throw self.failure("sync") }
    }

    func truncate(to size: UInt64) throws(DiskError) {
        guard retryingInterrupts({ ftruncate(self.descriptor, off_t(size)) }) == 0 else {
            throw self.failure("truncate")
        }
    }

    func reserve(upTo size: UInt64) throws(DiskError) {
        let present = try self.size()
        guard size > present else { return }
        let code = cairn_reserve(self.descriptor, Int64(present), Int64(size - present))
        // A file system that can't reserve tells about a full disk when it is written to.
        guard code == 0 || code == ENOTSUP else {
            throw DiskError(errno: code, operation: "reserve room in", path: self.path)
        }
    }
}
