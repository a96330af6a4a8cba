internal import CairnLock

/// A memory disk on which things go wrong as planned: the power goes at the n-th change, syncs fail, room runs out.
public final class FaultyDisk: Disk {
    /// What goes wrong.
    public struct Plan: Sendable {
        /// Changes (writes, syncs, truncations, files made, removed or renamed) that still work; from the next one on the
        /// machine is off. That one may still leave its traces: of a write, any part.
        public var changesUntilCrash: Int?
        /// Syncs of files that still work; from the next one on they fail.
        public var syncsUntilFailure: Int?
        /// Bytes by which files may still grow.
        public var spaceBytes: Int?

        public init(changesUntilCrash: Int? = nil, syncsUntilFailure: Int? = nil, spaceBytes: Int? = nil) {
            self.changesUntilCrash = changesUntilCrash
            self.syncsUntilFailure = syncsUntilFailure
            self.spaceBytes = spaceBytes
        }
    }

    private struct State {
        var plan: Plan
        var changes = 0
        var reserved: [String: UInt64] = [:]
    }

    /// The disk underneath; after a crash, `memory.afterCrash(using:)` is what is left.
    public let memory: MemoryDisk
    private let state: Lock<State>

    public init(_ memory: MemoryDisk, plan: Plan = Plan()) {
        self.memory = memory
        self.state = Lock(State(plan: plan))
    }

    public func setPlan(_ plan: Plan) {
        self.state.withLock { $0.plan = plan }
    }

    /// How many changes there were: a crash can be planned at each.
    public var changes: Int {
        self.state.withLock { $0.changes }
    }

    /// Counts a change. Returns false when it is the one that the power fails in.
    fileprivate func change(_ operation: String, _ path: String) throws(DiskError) -> Bool {
        let left = self.state.withLock { state -> Int in
            state.changes += 1
            guard let left = state.plan.changesUntilCrash else { return 1 }
            state.plan.changesUntilCrash = left - 1
            return left
        }
        guard left >= 0 else { throw DiskError(operation: operation, path: path, reason: .crashed) }
        return left > 0
    }

    fileprivate func check(_ operation: String, _ path: String) throws(DiskError) {
        let isOff = self.state.withLock { ($0.plan.changesUntilCrash ?? 0) < 0 }
        if isOff { throw DiskError(operation: operation, path: path, reason: .crashed) }
    }

    fileprivate func takeSync(_ path: String) throws(DiskError) {
        let works = self.state.withLock { state -> Bool in
            guard let left = state.plan.syncsUntilFailure else { return true }
            state.plan.syncsUntilFailure = max(0, left - 1)
            return left > 0
        }
        guard works else { throw DiskError(operation: "sync", path: path, reason: .system("Input/output error")) }
    }

    /// Takes the room that a file of `size` bytes needs beyond what it has and has reserved.
    ///
    /// - Parameter partly: take what there is when it isn't enough.
    /// - Returns: the size that there is room for.
    fileprivate func takeSpace(_ path: String, size: UInt64, present: UInt64, partly: Bool) -> UInt64 {
        self.state.withLock { state -> UInt64 in
            let held = max(present, state.reserved[path] ?? 0)
            guard size > held else { return size }
            guard let space = state.plan.spaceBytes else {
                state.reserved[path] = size
                return size
            }
            let granted = min(size, held + UInt64(space))
            guard granted == size || partly else { return held }
            state.plan.spaceBytes = space - Int(granted - held)
            state.reserved[path] = granted
            return granted
        }
    }

    /// Gives back what a file holds behind `size` bytes.
    fileprivate func giveSpace(_ path: String, size: UInt64, present: UInt64) {
        self.state.withLock { state in
            let held = max(present, state.reserved[path] ?? 0)
            state.reserved[path] = size
            if held > size, let space = state.plan.spaceBytes { state.plan.spaceBytes = space + Int(held - size) }
        }
    }

    // MARK: Disk

    public func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> any DiskFile {
        try self.check("open", path)
        if case .create = mode, self.memory.contents(of: path) == nil {
            let goesOn = try self.change("make", path)
            let file = try self.memory.open(path, mode)
            guard goesOn else { throw DiskError(operation: "make", path: path, reason: .crashed) }
            return FaultyFile(disk: self, file: file)
        }
        return FaultyFile(disk: self, file: try self.memory.open(path, mode))
    }

    public func list(_ folder: String) throws(DiskError) -> [String] {
        try self.check("list", folder)
        return try self.memory.list(folder)
    }

    public func createFolder(_ path: String) throws(DiskError) {
        try self.check("make the folder", path)
    }

    public func remove(_ path: String) throws(DiskError) {
        let goesOn = try self.change("remove", path)
        self.giveSpace(path, size: 0, present: UInt64(self.memory.contents(of: path)?.count ?? 0))
        try self.memory.remove(path)
        guard goesOn else { throw DiskError(operation: "remove", path: path, reason: .crashed) }
    }

    public func rename(_ path: String, to newPath: String) throws(DiskError) {
        let goesOn = try self.change("rename", path)
        self.giveSpace(newPath, size: 0, present: UInt64(self.memory.contents(of: newPath)?.count ?? 0))
        try self.memory.rename(path, to: newPath)
        self.state.withLock { $0.reserved[newPath] = $0.reserved.removeValue(forKey: path) }
        guard goesOn else { throw DiskError(operation: "rename", path: path, reason: .crashed) }
    }

    public func syncFolder(_ path: String) throws(DiskError) {
        guard try self.change("sync", path) else {
            throw DiskError(operation: "sync", path: path, reason: .crashed)
        }
        try self.memory.syncFolder(path)
    }

    public func lock(_ path: String) throws(DiskError) -> any DiskLock {
        try self.check("lock", path)
        return try self.memory.lock(path)
    }
}

private final class FaultyFile: DiskFile {
    private let disk: FaultyDisk
    private let file: any DiskFile

    init(disk: FaultyDisk, file: any DiskFile) {
        self.disk = disk
        self.file = file
    }

    var path: String { self.file.path }

    func size() throws(DiskError) -> UInt64 {
        try self.disk.check("look at", self.path)
        return try self.file.size()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
        try self.disk.check("read", self.path)
        return try self.file.read(into: buffer, at: offset)
    }

    func write(_ bytes: RawSpan, at offset: UInt64) throws(DiskError) {
        let goesOn = try self.disk.change("write", self.path)
        let end = offset + UInt64(bytes.byteCount)
        let room = self.disk.takeSpace(self.path, size: end, present: try self.file.size(), partly: true)
        if room < end {
            // As a real disk does it: what fits is written.
            if room > offset { try self.file.write(bytes.extracting(0..<Int(room - offset)), at: offset) }
            throw DiskError(operation: "write", path: self.path, reason: .noSpace)
        }
        try self.file.write(bytes, at: offset)
        guard goesOn else { throw DiskError(operation: "write", path: self.path, reason: .crashed) }
    }

    func sync() throws(DiskError) {
        guard try self.disk.change("sync", self.path) else {
            throw DiskError(operation: "sync", path: self.path, reason: .crashed)
        }
        try self.disk.takeSync(self.path)
        try self.file.sync()
    }

    func truncate(to size: UInt64) throws(DiskError) {
        let goesOn = try self.disk.change("truncate", self.path)
        self.disk.giveSpace(self.path, size: size, present: try self.file.size())
        try self.file.truncate(to: size)
        guard goesOn else { throw DiskError(operation: "truncate", path: self.path, reason: .crashed) }
    }

    func reserve(upTo size: UInt64) throws(DiskError) {
        try self.disk.check("reserve room in", self.path)
        let room = self.disk.takeSpace(self.path, size: size, present: try self.file.size(), partly: false)
        guard room >= size else { throw DiskError(operation: "reserve room in", path: self.path, reason: .noSpace) }
    }
}
