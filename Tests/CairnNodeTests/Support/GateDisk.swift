import CairnLock
import CairnStore
import Dispatch

/// A disk on which a sync of the log lasts as long as a test wants.
final class GateDisk: Disk {
    private let disk: any Disk
    private let folder: String
    private let gate = Gate()

    /// - Parameter folder: of which logs; the empty one: of all, the journal too.
    init(_ disk: any Disk, folder: String = "") {
        self.disk = disk
        self.folder = folder
    }

    /// From now on a sync of the log waits.
    func close() { self.gate.isClosed.withLock { $0 = true } }

    /// Waits until a sync waits.
    func waitForSync() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.gate.entered.wait()
                continuation.resume()
            }
        }
    }

    /// Lets the waiting sync and all later ones through.
    func open() {
        self.gate.isClosed.withLock { $0 = false }
        self.gate.passed.signal()
    }

    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        let file = try self.disk.open(path, mode)
        return path.hasPrefix(self.folder) && path.hasSuffix(".log") ? GateFile(file, self.gate) : file
    }

    func list(_ folder: String) throws(DiskError) -> [String] { try self.disk.list(folder) }
    func createFolder(_ path: String) throws(DiskError) { try self.disk.createFolder(path) }
    func remove(_ path: String) throws(DiskError) { try self.disk.remove(path) }
    func rename(_ path: String, to newPath: String) throws(DiskError) { try self.disk.rename(path, to: newPath) }
    func syncFolder(_ path: String) throws(DiskError) { try self.disk.syncFolder(path) }
    func lock(_ path: String) throws(DiskError) -> any DiskLock { try self.disk.lock(path) }
}

private final class Gate: Sendable {
    let isClosed = Lock(false)
    let entered = DispatchSemaphore(value: 0)
    let passed = DispatchSemaphore(value: 0)
}

private final class GateFile: DiskFile {
    private let file: any DiskFile
    private let gate: Gate

    init(_ file: any DiskFile, _ gate: Gate) {
        self.file = file
        self.gate = gate
    }

    var path: String { self.file.path }
    func size() throws(DiskError) -> UInt64 { try self.file.size() }
    func truncate(to size: UInt64) throws(DiskError) { try self.file.truncate(to: size) }
    func reserve(upTo size: UInt64) throws(DiskError) { try self.file.reserve(upTo: size) }

    func sync() throws(DiskError) {
        if self.gate.isClosed.withLock({ $0 }) {
            self.gate.entered.signal()
            self.gate.passed.wait()
        }
        try self.file.sync()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
        try self.file.read(into: buffer, at: offset)
    }

    func write(_ bytes: RawSpan, at offset: UInt64) throws(DiskError) {
        try self.file.write(bytes, at: offset)
    }
}
