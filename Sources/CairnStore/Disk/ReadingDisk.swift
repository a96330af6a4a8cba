internal import CairnLock

/// Another disk as it would be after changes that are only made in memory: for whoever looks at a ledger that isn't theirs to
/// write, that lies on a disk which can't be written, or of which there is only a part.
///
/// What a start would put right or make anew is put right here: derived files that are missing take as much memory as they
/// would take on the disk (340 MB for 10 million records).
public final class ReadingDisk: Disk {
    private struct State {
        /// Files that were opened, by path.
        var files: [String: ReadingFile] = [:]
        var removed: Set<String> = []
    }

    private let disk: any Disk
    private let state = Lock(State())

    public init(_ disk: any Disk) {
        self.disk = disk
    }

    public func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        let (known, isRemoved) = self.state.withLock { ($0.files[path], $0.removed.contains(path)) }
        if let known { return known }
        let file = try ReadingFile(path: path, try self.stored(path, isRemoved: isRemoved, mode))
        // Another thread may have been faster: all have to see the same changes.
        return self.state.withLock { state in
            if let known = state.files[path] { return known }
            state.files[path] = file
            return file
        }
    }

    /// Nil when a new file is to be made.
    private func stored(_ path: String, isRemoved: Bool, _ mode: OpenMode) throws(DiskError) -> (any DiskFile)? {
        do throws(DiskError) {
            guard !isRemoved else { throw DiskError(operation: "open", path: path, reason: .notFound) }
            return try self.disk.open(path, .read)
        } catch {
            guard case .notFound = error.reason, case .create = mode else { throw error }
            return nil
        }
    }

    public func list(_ folder: String) throws(DiskError) -> [String] {
        let prefix = folder.isEmpty ? "" : folder + "/"
        let stored = try self.disk.list(folder)
        return self.state.withLock { state in
            var names = Set(stored.filter { !state.removed.contains(prefix + $0) })
            for path in state.files.keys where path.hasPrefix(prefix) {
                if let name = path.dropFirst(prefix.count).split(separator: "/").first { names.insert(String(name)) }
            }
            return names.sorted()
        }
    }

    public func remove(_ path: String) throws(DiskError) {
        self.state.withLock { state in
            state.files[path] = nil
            state.removed.insert(path)
        }
    }

    public func rename(_ path: String, to newPath: String) throws(DiskError) {
        guard let file = try self.open(path, .read) as? ReadingFile else { return }
        self.state.withLock { state in
            state.files[path] = nil
            state.removed.insert(path)
            state.files[newPath] = file
        }
    }

    public func createFolder(_ path: String) throws(DiskError) {}
    public func syncFolder(_ path: String) throws(DiskError) {}
    public func lock(_ path: String) throws(DiskError) -> any DiskLock { try self.disk.lockForReading(path) }
}

/// A file of a `ReadingDisk`.
private final class ReadingFile: DiskFile {
    private struct State {
        var size: UInt64
        /// How much of the stored file still counts.
        var storedBytes: UInt64
        /// What differs from the stored file, by page; what a page has behind the file's end is zero.
        var pages: [UInt64: [UInt8]] = [:]
    }

    private static let pageBytes = 64 << 10

    let path: String
    private let stored: (any DiskFile)?
    private let state: Lock<State>

    init(path: String, _ stored: (any DiskFile)?) throws(DiskError) {
        let size = try stored?.size() ?? 0
        self.path = stored?.path ?? path
        self.stored = stored
        self.state = Lock(State(size: size, storedBytes: size))
    }

    func size() throws(DiskError) -> UInt64 { self.state.withLock { $0.size } }
    func sync() throws(DiskError) {}
    func reserve(upTo size: UInt64) throws(DiskError) {}
    func isOpenToOthers() throws(DiskError) -> Bool { try self.stored?.isOpenToOthers() ?? false }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
        let (size, storedBytes, isChanged) = self.state.withLock { ($0.size, $0.storedBytes, !$0.pages.isEmpty) }
        guard offset < size else { return 0 }
        let count = Int(min(UInt64(buffer.count), size - offset))
        let whole = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        try self.fill(whole, at: offset, storedBytes: storedBytes)
        guard isChanged else { return count }
        let pageBytes = UInt64(Self.pageBytes)
        let end = offset + UInt64(count)
        for number in offset / pageBytes...(end - 1) / pageBytes {
            guard let page = self.state.withLock({ $0.pages[number] }) else { continue }
            let start = number * pageBytes
            let (first, last) = (max(offset, start), min(end, start + pageBytes))
            page.withUnsafeBytes { bytes in
                let part = UnsafeRawBufferPointer(rebasing: bytes[Int(first - start)..<Int(last - start)])
                UnsafeMutableRawBufferPointer(rebasing: whole[Int(first - offset)..<Int(last - offset)])
                    .copyMemory(from: part)
            }
        }
        return count
    }

    /// With what is stored, and zeros behind it.
    private func fill(
        _ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64, storedBytes: UInt64
    ) throws(DiskError) {
        var done = 0
        if let stored, offset < storedBytes {
            let count = Int(min(UInt64(buffer.count), storedBytes - offset))
            done = try stored.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: offset)
        }
        for place in done..<buffer.count { buffer[place] = 0 }
    }

    func write(_ bytes: RawSpan, at offset: UInt64) throws(DiskError) {
        let pageBytes = UInt64(Self.pageBytes)
        var done = 0
        while done < bytes.byteCount {
            let place = offset + UInt64(done)
            let (number, start) = (place / pageBytes, Int(place % pageBytes))
            let count = min(bytes.byteCount - done, Self.pageBytes - start)
            var page = try self.page(number)
            bytes.extracting(done..<done + count).withUnsafeBytes { part in
                page.withUnsafeMutableBytes { page in
                    UnsafeMutableRawBufferPointer(rebasing: page[start..<start + count]).copyMemory(from: part)
                }
            }
            let changed = page
            self.state.withLock { state in
                state.pages[number] = changed
                state.size = max(state.size, place + UInt64(count))
            }
            done += count
        }
    }

    /// A page as it is now. Only one thread writes.
    private func page(_ number: UInt64) throws(DiskError) -> [UInt8] {
        let (page, storedBytes) = self.state.withLock { ($0.pages[number], $0.storedBytes) }
        if let page { return page }
        var new = [UInt8](repeating: 0, count: Self.pageBytes)
        var failure: DiskError?
        new.withUnsafeMutableBytes { buffer in
            do throws(DiskError) {
                try self.fill(buffer, at: number * UInt64(Self.pageBytes), storedBytes: storedBytes)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return new
    }

    func truncate(to size: UInt64) throws(DiskError) {
        let (last, end) = (size / UInt64(Self.pageBytes), Int(size % UInt64(Self.pageBytes)))
        self.state.withLock { state in
            state.size = size
            state.storedBytes = min(state.storedBytes, size)
            state.pages = state.pages.filter { $0.key <= last }
            // What is cut off must not come back when the file grows again.
            if var page = state.pages[last] {
                for place in end..<page.count { page[place] = 0 }
                state.pages[last] = page
            }
        }
    }
}
