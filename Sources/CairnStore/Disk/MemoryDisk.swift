internal import Synchronization

/// A disk in memory that knows what a crash may take away: for tests and simulations.
///
/// Each file has what readers see and what is durable, and between the two the writes since its last sync.
public final class MemoryDisk: Disk {
    struct File {
        /// What reads see.
        var content: [UInt8] = []
        /// What was there at the last sync.
        var durable: [UInt8] = []
        /// What happened since, in order.
        var unsynced: [Change] = []
        /// Whether the folder was synced after the file was made.
        var isNameDurable = false
    }

    enum Change {
        case write([UInt8], at: Int)
        case truncate(Int)
    }

    private struct Content {
        var files: [String: File] = [:]
        /// Files that were removed since their folder was synced: a crash may bring them back.
        var removed: [String: File] = [:]
        var locks: Set<String> = []
    }

    private let content = Mutex(Content())

    public init() {}

    // MARK: Disk

    public func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        let isThere = self.content.withLock { content in
            if content.files[path] == nil, case .create = mode { content.files[path] = File() }
            return content.files[path] != nil
        }
        guard isThere else { throw DiskError(operation: "open", path: path, reason: .notFound) }
        return MemoryFile(disk: self, path: path)
    }

    public func list(_ folder: String) throws(DiskError) -> [String] {
        let prefix = folder.isEmpty ? "" : folder + "/"
        let names = self.content.withLock { content in
            Set(
                content.files.keys.filter { $0.hasPrefix(prefix) }.map { path in
                    String(path.dropFirst(prefix.count).prefix { $0 != "/" })
                })
        }
        return names.sorted()
    }

    public func createFolder(_ path: String) throws(DiskError) {}

    public func remove(_ path: String) throws(DiskError) {
        let removed = self.content.withLock { content in
            guard let file = content.files.removeValue(forKey: path) else { return false }
            if file.isNameDurable { content.removed[path] = file }
            return true
        }
        guard removed else { throw DiskError(operation: "remove", path: path, reason: .notFound) }
    }

    public func syncFolder(_ path: String) throws(DiskError) {
        func isInside(_ file: String) -> Bool {
            file.split(separator: "/").dropLast().joined(separator: "/") == path
        }
        self.content.withLock { content in
            for name in content.files.keys where isInside(name) { content.files[name]?.isNameDurable = true }
            content.removed = content.removed.filter { !isInside($0.key) }
        }
    }

    public func lock(_ path: String) throws(DiskError) -> any DiskLock {
        let isFree = self.content.withLock { $0.locks.insert(path).inserted }
        guard isFree else {
            throw DiskError(operation: "lock", path: path, reason: .locked(by: "another user of this disk"))
        }
        return MemoryLock(disk: self, path: path)
    }

    fileprivate func unlock(_ path: String) {
        self.content.withLock { _ = $0.locks.remove(path) }
    }

    // MARK: Files

    func withFile<Result>(
        _ path: String, _ operation: String, _ body: (inout File) -> Result
    ) throws(DiskError) -> Result {
        let result = self.content.withLock { content -> Result? in
            guard var file = content.files.removeValue(forKey: path) else { return nil }
            defer { content.files[path] = file }
            return body(&file)
        }
        guard let result else { throw DiskError(operation: operation, path: path, reason: .notFound) }
        return result
    }

    /// Paths of all files, sorted.
    public var paths: [String] {
        self.content.withLock { $0.files.keys.sorted() }
    }

    /// What a file holds, nil when there is none.
    public func contents(of path: String) -> [UInt8]? {
        self.content.withLock { $0.files[path]?.content }
    }

    /// Puts a durable file there, past all order: what a broken disk or a person does.
    public func setContents(of path: String, to bytes: [UInt8]) {
        self.content.withLock {
            $0.files[path] = File(content: bytes, durable: bytes, unsynced: [], isNameDurable: true)
        }
    }

    /// A disk with the same files, all of them durable.
    public func copy() -> MemoryDisk {
        let copy = MemoryDisk()
        for path in self.paths { copy.setContents(of: path, to: self.contents(of: path) ?? []) }
        return copy
    }

    /// What the disk may hold after the power went: of each file what is durable, and any part of the rest.
    public func afterCrash(using generator: inout some RandomNumberGenerator) -> MemoryDisk {
        let after = MemoryDisk()
        let (files, removed) = self.content.withLock { ($0.files, $0.removed) }
        for (path, file) in removed.sorted(by: { $0.key < $1.key }) where Bool.random(using: &generator) {
            after.setContents(of: path, to: Self.torn(file, using: &generator))
        }
        // Of a file that was removed and made again, either may be there.
        for (path, file) in files.sorted(by: { $0.key < $1.key }) {
            guard file.isNameDurable || Bool.random(using: &generator) else { continue }
            after.setContents(of: path, to: Self.torn(file, using: &generator))
        }
        return after
    }

    /// Sectors are written whole or not at all, in any order.
    private static let sectorBytes = 512

    private static func torn(_ file: File, using generator: inout some RandomNumberGenerator) -> [UInt8] {
        var bytes = file.durable
        for change in file.unsynced {
            switch change {
            case .truncate(let size):
                if Bool.random(using: &generator) { bytes.resize(to: size) }
            case .write(let data, let offset):
                // Often all of it, often nothing, else some of its sectors.
                let fate = UInt8.random(in: 0..<3, using: &generator)
                var start = offset
                while start < offset + data.count {
                    let end = min((start / Self.sectorBytes + 1) * Self.sectorBytes, offset + data.count)
                    if fate == 0 || (fate == 2 && Bool.random(using: &generator)) {
                        bytes.overwrite(data[start - offset..<end - offset], at: start)
                    }
                    start = end
                }
            }
        }
        return bytes
    }
}

private final class MemoryLock: DiskLock {
    private let disk: MemoryDisk
    private let path: String

    init(disk: MemoryDisk, path: String) {
        self.disk = disk
        self.path = path
    }

    deinit {
        self.disk.unlock(self.path)
    }
}

private final class MemoryFile: DiskFile {
    private let disk: MemoryDisk
    let path: String

    init(disk: MemoryDisk, path: String) {
        self.disk = disk
        self.path = path
    }

    func size() throws(DiskError) -> UInt64 {
        try self.disk.withFile(self.path, "look at") { UInt64($0.content.count) }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
        try self.disk.withFile(self.path, "read") { file in
            let start = min(Int(offset), file.content.count)
            let count = min(buffer.count, file.content.count - start)
            buffer.copyBytes(from: file.content[start..<start + count])
            return count
        }
    }

    func write(_ bytes: RawSpan, at offset: UInt64) throws(DiskError) {
        let data = bytes.withUnsafeBytes { [UInt8]($0) }
        try self.disk.withFile(self.path, "write") { file in
            file.content.overwrite(data[...], at: Int(offset))
            file.unsynced.append(.write(data, at: Int(offset)))
        }
    }

    func sync() throws(DiskError) {
        try self.disk.withFile(self.path, "sync") { file in
            file.durable = file.content
            file.unsynced = []
        }
    }

    func truncate(to size: UInt64) throws(DiskError) {
        try self.disk.withFile(self.path, "truncate") { file in
            file.content.resize(to: Int(size))
            file.unsynced.append(.truncate(Int(size)))
        }
    }

    func reserve(upTo size: UInt64) throws(DiskError) {}
}

extension [UInt8] {
    fileprivate mutating func resize(to size: Int) {
        if size < self.count {
            self.removeLast(self.count - size)
        } else {
            self.append(contentsOf: repeatElement(0, count: size - self.count))
        }
    }

    fileprivate mutating func overwrite(_ data: ArraySlice<UInt8>, at offset: Int) {
        if self.count < offset + data.count { self.resize(to: offset + data.count) }
        self.replaceSubrange(offset..<offset + data.count, with: data)
    }
}
