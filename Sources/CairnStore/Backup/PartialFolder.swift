/// A folder whose content appears as a whole: it is made in the folder `partial` of it, and moved up when all is there, in an
/// order in which the last name is the one that makes the rest count.
///
/// What a crash leaves: the folder `partial`, and maybe some of the names beside it. `begin` puts those back.
public struct PartialFolder: Sendable {
    public static let name = "partial"

    private let disk: any Disk
    /// In the order in which they are moved.
    private let names: [String]
    private let lock: any DiskLock

    /// Begins in a folder that is empty or has nothing but what was begun before.
    ///
    /// - Parameter check: looks at what is there, before anything of it is moved.
    /// - Throws: `.notEmpty`, and `.locked` when somebody else is at it.
    package init(
        on disk: any Disk, names: [String],
        check: (_ found: [String]) throws(StoreError) -> Void = { (_: [String]) throws(StoreError) in }
    ) throws(StoreError) {
        self.disk = disk
        self.names = names
        try onDisk { () throws(DiskError) in try disk.createFolder("") }
        // In a folder of something else not even a lock is made.
        _ = try Self.found(on: disk, names: names)
        self.lock = try onDisk { () throws(DiskError) in try disk.lock(LedgerStore.lockPath) }
        // Whoever had the lock until now may have changed all of it.
        let found = try Self.found(on: disk, names: names)
        try check(found)
        try onDisk { () throws(DiskError) in
            try disk.createFolder(Self.name)
            for name in names.reversed() where found.contains(name) {
                try disk.rename(name, to: Self.name + "/" + name)
            }
            try disk.syncFolder(Self.name)
            try disk.syncFolder("")
        }
    }

    /// What is in the folder.
    ///
    /// - Throws: `.notEmpty` when that is something else, or has come to its end.
    private static func found(on disk: any Disk, names: [String]) throws(StoreError) -> [String] {
        let found = try onDisk { () throws(DiskError) in try disk.list("") }
        // The second is what a file system puts into its own root. The last name makes all count: it isn't there yet.
        let begun = found.contains(Self.name) ? Array(names.dropLast()) : []
        let known = [Self.name, "lost+found", LedgerStore.lockPath] + begun
        if let stranger = found.first(where: { !known.contains($0) }) {
            throw .notEmpty(path: "the folder", found: stranger)
        }
        return found
    }

    /// Where the content is made.
    public var inside: any Disk { FolderDisk(disk: self.disk, folder: Self.name) }

    /// Whether something was begun in a folder, and didn't come to its end.
    package static func isThere(on disk: any Disk) throws(StoreError) -> Bool {
        try onDisk { () throws(DiskError) in try disk.list("") }.contains(Self.name)
    }

    /// Moves all to its place. Durable when this returns.
    public func finish() throws(StoreError) {
        try onDisk { () throws(DiskError) in
            try self.disk.syncFolder(Self.name)
            for (place, name) in self.names.enumerated() {
                // Nothing that makes the rest count is there before the rest is.
                if place == self.names.count - 1 { try self.disk.syncFolder("") }
                try self.disk.rename(Self.name + "/" + name, to: name)
            }
            try self.disk.syncFolder("")
        }
        try Self.clear(on: self.disk)
        withExtendedLifetime(self.lock) {}
    }

    /// Removes what is left when all was moved.
    package static func clear(on disk: any Disk) throws(StoreError) {
        try onDisk { () throws(DiskError) in
            for name in try disk.list(Self.name) { try disk.remove(Self.name + "/" + name) }
            try disk.removeFolder(Self.name)
            try disk.syncFolder("")
        }
    }
}
