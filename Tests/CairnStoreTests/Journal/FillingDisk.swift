import CairnLock
import CairnStore

/// A disk whose file system copies on write: what overwrites a file may find no room, half way. The next write does.
final class FillingDisk: Disk {
    private let disk: any Disk
    fileprivate let bytesUntilRefusal = Lock<Int?>(nil)

    init(_ disk: any Disk) {
        self.disk = disk
    }

    func refuse(after bytes: Int) {
        self.bytesUntilRefusal.withLock { $0 = bytes }
    }

    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        FillingFile(try self.disk.open(path, mode), self)
    }

    func list(_ folder: String) throws(DiskError) -> [String] { try self.disk.list(folder) }
    func createFolder(_ path: String) throws(DiskError) { try self.disk.createFolder(path) }
    func remove(_ path: String) throws(DiskError) { try self.disk.remove(path) }
    func rename(_ path: String, to newPath: String) throws(DiskError) { try self.disk.rename(path, to: newPath) }
    func syncFolder(_ path: String) throws(DiskError) { try self.disk.syncFolder(path) }
    func lock(_ path: String) throws(DiskError) -> any DiskLock { try self.disk.lock(path) }
}

private final class FillingFile: DiskFile {
    private let file: any DiskFile
    private let disk: FillingDisk

    init(_ file: any DiskFile, _ disk: FillingDisk) {
        self.file = file
        self.disk = disk
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
        let room = self.disk.bytesUntilRefusal.withLock { left -> Int? in
            guard let room = left else { return nil }
            left = room >= bytes.byteCount ? room - bytes.byteCount : nil
            return room
        }
        guard let room, room < bytes.byteCount else { return try self.file.write(bytes, at: offset) }
        try self.file.write(bytes.extracting(0..<room), at: offset)
        throw DiskError(operation: "write", path: self.path, reason: .noSpace)
    }
}
