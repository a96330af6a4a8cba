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

    func place(_ path: String) -> String {
        path.isEmpty ? self.root : self.root + "/" + path
    }

    public func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .write: O_RDWR
            case .create: O_RDWR | O_CREAT
            }
        return try RealFile(opening: self.place(path), flags)
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
        let descriptor = sparingOpen(self.place(path), O_RDONLY | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw DiskError(errno: errno, operation: "open", path: self.place(path)) }
        defer { close(descriptor) }
        guard retryingInterrupts({ fsync(descriptor) }) == 0 else {
            throw DiskError(errno: errno, operation: "sync", path: self.place(path))
        }
    }
}

/// `open` is variadic in C; this names the one form that is used.
func systemOpen(_ path: String, _ flags: Int32, _ permissions: mode_t) -> Int32 {
    open(path, flags, permissions)
}

/// Opens a file, by one of the spare descriptors if there is no other.
func sparingOpen(_ path: String, _ flags: Int32, _ permissions: mode_t) -> Int32 {
    SpareDescriptors.refill()
    while true {
        let descriptor = retryingInterrupts { systemOpen(path, flags, permissions) }
        guard descriptor < 0, errno == EMFILE else { return descriptor }
        guard SpareDescriptors.lend() else {
            errno = EMFILE
            return descriptor
        }
    }
}

/// Inside a method of this name, C's has to be called by another one.
private func systemRename(_ path: String, _ newPath: String) -> Int32 {
    rename(path, newPath)
}

func retryingInterrupts<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

extension DiskError {
    init(errno code: Int32, operation: String, path: String) {
        let reason: Reason =
            switch code {
            case ENOENT: .notFound
            case ENOSPC, EDQUOT: .noSpace
            case EMFILE, ENFILE: .noDescriptors
            case EACCES, EPERM: .noPermission(String(cString: strerror(code)))
            default: .system(String(cString: strerror(code)))
            }
        self.init(operation: operation, path: path, reason: reason)
    }
}
