import CairnStore

/// A disk that says "synced" and did nothing: what a checker of crashes must notice.
final class LyingDisk: Disk {
    enum Lie {
        case fileSync
        case folderSync
    }

    private let disk: any Disk
    private let lie: Lie

    init(_ disk: any Disk, lie: Lie) {
        self.disk = disk
        self.lie = lie
    }

    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        let file = try self.disk.open(path, mode)
        return self.lie == .fileSync ? LyingFile(file) : file
    }

    func list(_ folder: String) throws(DiskError) -> [String] { try self.disk.list(folder) }
    func createFolder(_ path: String) throws(DiskError) { try self.disk.createFolder(path) }
    func remove(_ path: String) throws(DiskError) { try self.disk.remove(path) }
    func rename(_ path: String, to newPath: String) throws(DiskError) { try self.disk.rename(path, to: newPath) }
    func lock(_ path: String) throws(DiskError) -> any DiskLock { try self.disk.lock(path) }

    func syncFolder(_ path: String) throws(DiskError) {
        if self.lie != .folderSync { try self.disk.syncFolder(path) }
    }
}

private final class LyingFile: DiskFile {
    private let file: any DiskFile

    init(_ file: any DiskFile) {
        self.file = file
    }

    var path: String { self.file.path }
    func size() throws(DiskError) -> UInt64 { try self.file.size() }
    func sync() throws(DiskError) {}
    func truncate(to size: UInt64) throws(DiskError) { try self.file.truncate(to: size) }
    func reserve(upTo size: UInt64) throws(DiskError) { try self.file.reserve(upTo: size) }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
        try self.file.read(into: buffer, at: offset)
    }

    func write(_ bytes: RawSpan, at offset: UInt64) throws(DiskError) {
        try self.file.write(bytes, at: offset)
    }
}
