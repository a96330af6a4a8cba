internal import CCairnDisk

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A folder of the machine's file system.
public struct RealDisk: Disk {
    /// Path of the folder.
    public let root: String

    public init(root: String) {
        self.root = root
    }

    private func place(_ path: String) -> String {
        path.isEmpty ? self.root : self.root + "/" + path
    }

    public func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .write: O_RDWR
            case .create: O_RDWR | O_CREAT
            }
        let descriptor = retryingInterrupts { systemOpen(self.place(path), flags | O_CLOEXEC, 0o600) }
        guard descriptor >= 0 else { throw DiskError(errno: errno, operation: "open", path: self.place(path)) }
        return RealFile(path: self.place(path), descriptor: descriptor)
    }

    public func list(_ folder: String) throws(DiskError) -> [String] {
        guard let stream = opendir(self.place(folder)) else {
            if errno == ENOENT { return [] }
            throw DiskError(errno: errno, operation: "list", path: self.place(folder))
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    public func createFolder(_ path: String) throws(DiskError) {
        guard mkdir(self.place(path), 0o700) == 0 else {
            if errno == EEXIST { return }
            throw DiskError(errno: errno, operation: "make the folder", path: self.place(path))
        }
        // Nobody else syncs the folder that the disk's own one stands in.
        if path.isEmpty { try self.syncFolder("..") }
    }

    public func remove(_ path: String) throws(DiskError) {
        guard unlink(self.place(path)) != 0 else { return }
        throw DiskError(errno: errno, operation: "remove", path: self.place(path))
    }

    public func removeFolder(_ path: String) throws(DiskError) {
        guard rmdir(self.place(path)) != 0, errno != ENOENT else { return }
        throw DiskError(errno: errno, operation: "remove the folder", path: self.place(path))
    }

    public func rename(_ path: String, to newPath: String) throws(DiskError) {
        guard systemRename(self.place(path), self.place(newPath)) != 0 else { return }
        throw DiskError(errno: errno, operation: "rename", path: self.place(path))
    }

    public func syncFolder(_ path: String) throws(DiskError) {
        let descriptor = retryingInterrupts { systemOpen(self.place(path), O_RDONLY | O_CLOEXEC, 0) }
        guard descriptor >= 0 else { throw DiskError(errno: errno, operation: "open", path: self.place(path)) }
        defer { close(descriptor) }
        guard retryingInterrupts({ fsync(descriptor) }) == 0 else {
            throw DiskError(errno: errno, operation: "sync", path: self.place(path))
        }
    }

    public func lock(_ path: String) throws(DiskError) -> any DiskLock {
        let place = self.place(path)
        let descriptor = retryingInterrupts { systemOpen(place, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
        guard descriptor >= 0 else { throw DiskError(errno: errno, operation: "open", path: place) }
        let file = RealFile(path: place, descriptor: descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw DiskError(errno: errno, operation: "lock", path: place) }
            let holder = String(decoding: try file.bytes(at: 0, count: 32), as: UTF8.self)
            let known = holder.allSatisfy(\.isNumber) && !holder.isEmpty
            throw DiskError(
                operation: "lock", path: place, reason: .locked(by: known ? "process \(holder)" : "another process"))
        }
        // Only for people who look: the lock itself goes with the process, however it ends.
        try file.truncate(to: 0)
        try file.write(Array(String(getpid()).utf8).span.bytes, at: 0)
        return file
    }
}

/// `open` is variadic in C; this names the one form that is used.
private func systemOpen(_ path: String, _ flags: Int32, _ permissions: mode_t) -> Int32 {
    open(path, flags, permissions)
}

/// Inside a method of this name, C's has to be called by another one.
private func systemRename(_ path: String, _ newPath: String) -> Int32 {
    rename(path, newPath)
}

private func retryingInterrupts<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

/// An open file descriptor.
private final class RealFile: DiskFile, DiskLock {
    let path: String
    private let descriptor: Int32

    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
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

extension DiskError {
    fileprivate init(errno code: Int32, operation: String, path: String) {
        let reason: Reason =
            switch code {
            case ENOENT: .notFound
            case ENOSPC, EDQUOT: .noSpace
            default: .system(String(cString: strerror(code)))
            }
        self.init(operation: operation, path: path, reason: reason)
    }
}
