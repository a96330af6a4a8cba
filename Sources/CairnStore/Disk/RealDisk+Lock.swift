#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

extension RealDisk {
    public func lock(_ path: String) throws(DiskError) -> any DiskLock {
        try FolderLock(self.place(path), .exclusive)
    }

    public func lockForReading(_ path: String) throws(DiskError) -> any DiskLock {
        try FolderLock(self.place(path), .shared)
    }
}

/// Keeps other processes out of a folder, until it goes away, however this process ends.
///
/// The folder itself is locked, by a descriptor of it: no deletion and no replacement of a file in it undoes that. The file
/// is locked besides: versions up to 0.1.0 know only that one. Whoever writes makes it and puts its own number there, for
/// people who look; whoever reads changes nothing, and takes the lock of the file only where there is one.
final class FolderLock: DiskLock {
    enum Mode {
        case exclusive
        /// With others who read.
        case shared
    }

    private let folder: Int32
    private let file: RealFile?

    /// - Parameter place: path of the file, as the system knows it.
    init(_ place: String, _ mode: Mode) throws(DiskError) {
        let path = Self.folder(of: place)
        let folder = retryingInterrupts { systemOpen(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) }
        guard folder >= 0 else { throw DiskError(errno: errno, operation: "open", path: path) }
        do throws(DiskError) {
            try Self.lock(folder, mode, place: place, isFolder: true)
            self.file = try Self.lockFile(place, mode)
        } catch {
            close(folder)
            throw error
        }
        self.folder = folder
    }

    deinit {
        close(self.folder)
    }

    private static func folder(of place: String) -> String {
        guard let slash = place.lastIndex(of: "/") else { return "." }
        return slash == place.startIndex ? "/" : String(place[..<slash])
    }

    private static func lockFile(_ place: String, _ mode: Mode) throws(DiskError) -> RealFile? {
        switch mode {
        case .exclusive:
            // A link would have another file emptied.
            let file = try RealFile(opening: place, O_RDWR | O_CREAT | O_NOFOLLOW)
            try self.lock(file.descriptor, mode, place: place)
            // The lock itself goes with the process; this stays, and says nothing any more.
            try file.truncate(to: 0)
            try file.write(Array(String(getpid()).utf8).span.bytes, at: 0)
            return file
        case .shared:
            do throws(DiskError) {
                let file = try RealFile(opening: place, O_RDONLY)
                try self.lock(file.descriptor, mode, place: place)
                return file
            } catch {
                switch error.reason {
                // A copy needs none, and who may not read it can't have it either.
                case .notFound, .noPermission: return nil
                default: throw error
                }
            }
        }
    }

    private static func lock(
        _ descriptor: Int32, _ mode: Mode, place: String, isFolder: Bool = false
    ) throws(DiskError) {
        let operation = mode == .exclusive ? LOCK_EX : LOCK_SH
        guard flock(descriptor, operation | LOCK_NB) != 0 else { return }
        switch errno {
        case EWOULDBLOCK:
            throw DiskError(
                operation: "lock", path: place,
                reason: .locked(by: LockHolder.find(descriptor, place: place) ?? "another process"))
        case let code:
            // NFS locks nothing that is only open for reading: there the file's lock has to do, and who writes must have it.
            let isUnsupported = [EBADF, ENOLCK, EOPNOTSUPP].contains(code)
            guard isUnsupported, isFolder || mode == .shared else {
                throw DiskError(errno: code, operation: "lock", path: place)
            }
        }
    }
}
