/// The disk as the store sees it: one folder of files, named by paths relative to it with `/` between parts.
///
/// What was written may be lost in a crash until the file was synced; a file that was made or removed, until its
/// folder was. A write is not atomic: a crash can leave any part of it.
public protocol Disk: Sendable {
    /// Opens a file. `.create` makes it when there is none.
    func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile

    /// Names in a folder, sorted. A folder that isn't there is empty.
    func list(_ folder: String) throws(DiskError) -> [String]

    /// Makes a folder. Nothing happens when it is there. The empty path is the disk's own folder.
    func createFolder(_ path: String) throws(DiskError)

    func remove(_ path: String) throws(DiskError)

    /// Removes a folder that is empty. Nothing happens when it isn't there.
    func removeFolder(_ path: String) throws(DiskError)

    /// Gives a file another name, in place of the file that has it. A crash leaves one of the two under that name; which
    /// one, until the folder was synced. Open handles go on with the file that they opened.
    func rename(_ path: String, to newPath: String) throws(DiskError)

    /// Makes durable which files are in a folder.
    func syncFolder(_ path: String) throws(DiskError)

    /// Keeps other processes out of the folder that the file stands in, until the lock goes away. The file is made.
    func lock(_ path: String) throws(DiskError) -> any DiskLock

    /// Keeps those out who write, and changes nothing: no file is needed or made.
    func lockForReading(_ path: String) throws(DiskError) -> any DiskLock
}

public enum OpenMode: Sendable {
    case read
    case write
    case create
}

/// An open file; closed when the last reference goes. May be used by several threads at once.
public protocol DiskFile: AnyObject, Sendable {
    var path: String { get }

    /// In bytes.
    func size() throws(DiskError) -> UInt64

    /// Whether others than the file's owner may read or write it.
    func isOpenToOthers() throws(DiskError) -> Bool

    /// Leaves it to its owner alone (mode 0600), whatever it was before.
    func closeToOthers() throws(DiskError)

    /// Fills `buffer` from the place `offset`. Returns how much there was: less than asked only at the file's end.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int

    /// Fills `buffer` from the place `offset` with what the system has in memory, and never waits for the disk.
    /// Returns whether it could; when not, the buffer holds anything.
    func readCached(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) -> Bool

    /// Writes all of `bytes` at the place `offset`. After an error any part of it may have been written.
    func write(_ bytes: RawSpan, at offset: UInt64) throws(DiskError)

    /// Makes all that was written durable. After an error nothing is known about it, and trying again doesn't help:
    /// the system may have thrown the data away (Rebello et al., "Can Applications Recover from fsync Failures?", 2020).
    func sync() throws(DiskError)

    func truncate(to size: UInt64) throws(DiskError)

    /// Makes sure that writes up to `size` find room, without changing the file's size.
    func reserve(upTo size: UInt64) throws(DiskError)
}

/// Held while it is referenced.
public protocol DiskLock: AnyObject, Sendable {}

/// What a disk could not do.
public struct DiskError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable {
        case notFound
        case noSpace
        /// This process, or the whole machine, has as many files open as it may.
        case noDescriptors
        case noPermission(String)
        /// Something else stands where a regular file has to be: what it is.
        case notAFile(String)
        /// Another process holds the lock.
        case locked(by: String)
        /// The system's own words.
        case system(String)
        /// A simulated machine lost its power.
        case crashed
    }

    /// Whether nothing is wrong but what there is not enough of: it can be waited for. What of, for people.
    package var shortage: String? {
        switch self.reason {
        case .noSpace: self.path
        case .noDescriptors: "\(self.path): as many files are open as may be (ulimit -n)"
        case .notFound, .noPermission, .notAFile, .locked, .system, .crashed: nil
        }
    }

    public var operation: String
    public var path: String
    public var reason: Reason

    public init(operation: String, path: String, reason: Reason) {
        self.operation = operation
        self.path = path
        self.reason = reason
    }

    public var description: String {
        let why =
            switch self.reason {
            case .notFound: "there is no such file"
            case .noSpace: "no space is left on the device"
            case .noDescriptors: "as many files are open as may be (ulimit -n)"
            case .noPermission(let text): text
            case .notAFile(let kind):
                "it is \(kind), where a regular file has to be; put the file back, or remove what is in its place"
            case .locked(let holder): "it is held by \(holder)"
            case .system(let text): text
            case .crashed: "the machine lost its power"
            }
        return "can't \(self.operation) \(self.path): \(why)"
    }
}

extension Disk {
    /// Where folders come and go with their files.
    public func removeFolder(_ path: String) throws(DiskError) {}

    /// Where there are no processes, and so nobody but this one.
    public func lockForReading(_ path: String) throws(DiskError) -> any DiskLock { try self.lock(path) }
}

extension DiskFile {
    /// Where nothing is known of a page cache, every read may wait.
    public func readCached(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) -> Bool { false }

    /// Where files have no owner.
    public func isOpenToOthers() throws(DiskError) -> Bool { false }

    /// Where files have no owner.
    public func closeToOthers() throws(DiskError) {}

    /// Some bytes of the file: fewer than `count` only at its end.
    package func bytes(at offset: UInt64, count: Int) throws(DiskError) -> [UInt8] {
        // No file reaches that far, but a damaged place may.
        guard offset <= UInt64(Int64.max - Int64(count)) else { return [] }
        var failure: DiskError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(DiskError) {
                initialized = try self.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
