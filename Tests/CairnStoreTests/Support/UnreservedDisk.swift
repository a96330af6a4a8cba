import CairnStore

/// A file system that can't reserve room: a full disk shows in the middle of a write.
final class UnreservedDisk: Disk {
    private let disk: any Disk

    init(_ disk: any Disk) {
        self.disk = disk
    }

    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        UnreservedFile(try self.disk.open(path, mode))
    }

    func list(_ folder: String) throws(DiskError) -> [String] { try self.disk.list(folder) }
    func createFolder(_ path: String) throws(DiskError) { try self.disk.createFolder(path) }
    func remove(_ path: String) throws(DiskError) { try self.disk.remove(path) }
    func rename(_ path: String, to newPath: String) throws(DiskError) { try self.disk.rename(path, to: newPath) }
    func syncFolder(_ path: String) throws(DiskError) { try self.disk.syncFolder(path) }
    func lock(_ path: String) throws(DiskError) -> any DiskLock { try self.disk.lock(path) }
}

private final class UnreservedFile: DiskFile {
    private let file: any DiskFile

    init(_ file: any DiskFile) {
        self.file = file
    }

    var path: String { self.file.path }
    func size() throws(DiskError) -> UInt64 { try self.file.size() }
    func sync() throws(DiskError) { try self.file.sync() }
    func truncate(to size: UInt64) throws(DiskError) { try self.file.truncate(to: size) }
    func reserve(upTo size: UInt64) throws(DiskError) {}

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
        try self.file.read(into: buffer, at: offset)
    }

    func write(_ bytes: RawSpan, at offset: UInt64) throws(DiskError) {
        try self.file.write(bytes, at: offset)
    }
}
