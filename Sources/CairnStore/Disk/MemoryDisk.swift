internal import CairnLock

/// A disk in memory that knows what a crash may take away: for tests and simulations.
///
/// Each file has what readers see, and what undoes the changes since its last sync. So a read or write takes time by its own
/// size, and a sync by what changed.
public final class MemoryDisk: Disk {
    private struct Content {
        var files: [String: MemoryFile] = [:]
        /// Files that were removed since their folder was synced: a crash may bring them back.
        var removed: [String: MemoryFile] = [:]
        /// Files that got another name since their folder was synced, by that name: a crash may undo it.
        var renamed: [String: Renamed] = [:]
        var locks: Set<String> = []
    }

    private struct Renamed {
        var from: String
        /// Whether the old name was durable.
        var wasDurable: Bool
        /// What had the new name before, durably.
        var replaced: MemoryFile?
    }

    private let content = Lock(Content())

    public init() {}

    // MARK: Disk

    public func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        let file = self.content.withLock { content -> MemoryFile? in
            if let file = content.files[path] { return file }
            guard case .create = mode else { return nil }
            let file = MemoryFile(path: path)
            content.files[path] = file
            return file
        }
        guard let file else { throw DiskError(operation: "open", path: path, reason: .notFound) }
        return file
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
            if file.remove() { content.removed[path] = file }
            return true
        }
        guard removed else { throw DiskError(operation: "remove", path: path, reason: .notFound) }
    }

    public func rename(_ path: String, to newPath: String) throws(DiskError) {
        let isThere = self.content.withLock { content in
            guard let file = content.files.removeValue(forKey: path) else { return false }
            let before = content.files.updateValue(file, forKey: newPath)
            // Of several in a row, only the first one's traces are durable.
            let replaced = content.renamed[newPath]?.replaced ?? before.flatMap { $0.isNameDurable ? $0 : nil }
            content.renamed[newPath] = Renamed(from: path, wasDurable: file.isNameDurable, replaced: replaced)
            file.rename(to: newPath)
            return true
        }
        guard isThere else { throw DiskError(operation: "rename", path: path, reason: .notFound) }
    }

    public func syncFolder(_ path: String) throws(DiskError) {
        func isInside(_ file: String) -> Bool {
            file.split(separator: "/").dropLast().joined(separator: "/") == path
        }
        self.content.withLock { content in
            for (name, file) in content.files where isInside(name) { file.syncName() }
            if !content.removed.isEmpty { content.removed = content.removed.filter { !isInside($0.key) } }
            if !content.renamed.isEmpty { content.renamed = content.renamed.filter { !isInside($0.key) } }
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

    /// Paths of all files, sorted.
    public var paths: [String] {
        self.content.withLock { $0.files.keys.sorted() }
    }

    /// What a file holds, nil when there is none.
    public func contents(of path: String) -> [UInt8]? {
        self.content.withLock { $0.files[path]?.contents }
    }

    /// Puts a durable file there, past all order: what a broken disk or a person does.
    public func setContents(of path: String, to bytes: [UInt8]) {
        self.content.withLock { content in
            if let file = content.files[path] {
                file.replace(with: bytes)
            } else {
                content.files[path] = MemoryFile(path: path, durable: bytes)
            }
        }
    }

    /// Turns over one bit of what a file holds, past all order: what a broken disk does. No crash undoes it, unless by
    /// undoing a write to that place.
    ///
    /// - Parameter bit: from 0; bit 0 is the lowest of the first byte. The file reaches that far.
    public func flipBit(in path: String, at bit: UInt64) {
        let file = self.content.withLock { $0.files[path] }
        guard let file else { preconditionFailure("a bit is flipped in a file that is there") }
        file.flipBit(bit)
    }

    /// A disk with the same files, all of them durable.
    public func copy() -> MemoryDisk {
        let copy = MemoryDisk()
        let files = self.content.withLock { $0.files }
        for (path, file) in files { copy.setContents(of: path, to: file.contents) }
        return copy
    }

    /// What the disk may hold after the power went: of each file what is durable, and any part of the rest.
    public func afterCrash(using generator: inout some RandomNumberGenerator) -> MemoryDisk {
        let after = MemoryDisk()
        let (files, removed, renamed) = self.content.withLock { ($0.files, $0.removed, $0.renamed) }
        for (path, file) in removed.sorted(by: { $0.key < $1.key }) where Bool.random(using: &generator) {
            after.setContents(of: path, to: file.afterCrash(using: &generator))
        }
        // Of a file that was removed and made again, either may be there.
        for (path, file) in files.sorted(by: { $0.key < $1.key }) {
            if let renaming = renamed[path], !file.isNameDurable, Bool.random(using: &generator) {
                if let before = renaming.replaced {
                    after.setContents(of: path, to: before.afterCrash(using: &generator))
                }
                if renaming.wasDurable || Bool.random(using: &generator) {
                    after.setContents(of: renaming.from, to: file.afterCrash(using: &generator))
                }
                continue
            }
            guard renamed[path] != nil || file.isNameDurable || Bool.random(using: &generator) else { continue }
            after.setContents(of: path, to: file.afterCrash(using: &generator))
        }
        return after
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
