internal import CairnLock

/// A file of a `MemoryDisk`, and at once every open handle of it.
final class MemoryFile: DiskFile {
    /// A change since the last sync: what it did, and what undoes it.
    private enum Change {
        case write([UInt8], at: Int, over: [UInt8], sizeBefore: Int)
        case truncate(Int, cut: [UInt8], sizeBefore: Int)
    }

    private struct State {
        /// What reads see.
        var content: [UInt8]
        /// What happened since the last sync, in order.
        var unsynced: [Change] = []
        /// Whether the folder was synced after the file was made.
        var isNameDurable: Bool
        var isRemoved = false
        var path: String
    }

    private let state: Lock<State>

    /// A new file, or one that was always there.
    init(path: String, durable bytes: [UInt8]? = nil) {
        self.state = Lock(State(content: bytes ?? [], isNameDurable: bytes != nil, path: path))
    }

    var path: String { self.state.withLock { $0.path } }

    // MARK: DiskFile

    private func withState<Result>(
        _ operation: String, _ body: (inout sending State) -> sending Result
    ) throws(DiskError) -> Result {
        let result = self.state.withLock { state -> Result? in state.isRemoved ? nil : body(&state) }
        guard let result else { throw DiskError(operation: operation, path: self.path, reason: .notFound) }
        return result
    }

    func size() throws(DiskError) -> UInt64 {
        try self.withState("look at") { UInt64($0.content.count) }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
        try self.withState("read") { state in
            let start = min(Int(offset), state.content.count)
            let count = min(buffer.count, state.content.count - start)
            state.content.withUnsafeBytes { bytes in
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]))
            }
            return count
        }
    }

    func write(_ bytes: RawSpan, at offset: UInt64) throws(DiskError) {
        let data = bytes.withUnsafeBytes { [UInt8]($0) }
        try self.withState("write") { state in
            let size = state.content.count
            let start = Int(offset)
            let over = start < size ? Array(state.content[start..<min(start + data.count, size)]) : []
            state.unsynced.append(.write(data, at: start, over: over, sizeBefore: size))
            state.content.overwrite(data[...], at: start)
        }
    }

    func sync() throws(DiskError) {
        try self.withState("sync") { $0.unsynced.removeAll(keepingCapacity: true) }
    }

    func truncate(to size: UInt64) throws(DiskError) {
        try self.withState("truncate") { state in
            let before = state.content.count
            let cut = Int(size) < before ? Array(state.content[Int(size)...]) : []
            state.unsynced.append(.truncate(Int(size), cut: cut, sizeBefore: before))
            state.content.resize(to: Int(size))
        }
    }

    func reserve(upTo size: UInt64) throws(DiskError) {}

    // MARK: What its disk does

    var contents: [UInt8] { self.state.withLock { $0.content } }

    var isNameDurable: Bool { self.state.withLock { $0.isNameDurable } }

    func syncName() {
        self.state.withLock { $0.isNameDurable = true }
    }

    /// Ends all use of it. Returns whether a crash may bring it back.
    func remove() -> Bool {
        self.state.withLock { state in
            state.isRemoved = true
            return state.isNameDurable
        }
    }

    /// Takes another name, which is durable when its folder is synced.
    func rename(to path: String) {
        self.state.withLock { state in
            state.path = path
            state.isNameDurable = false
        }
    }

    func replace(with bytes: [UInt8]) {
        self.state.withLock { $0 = State(content: bytes, isNameDurable: true, path: $0.path) }
    }

    func flipBit(_ bit: UInt64) {
        self.state.withLock { $0.content[Int(bit / 8)] ^= 1 << UInt8(bit % 8) }
    }

    // MARK: A crash

    /// Sectors are written whole or not at all, in any order.
    private static let sectorBytes = 512

    /// What may be left of the file when the power goes.
    func afterCrash(using generator: inout some RandomNumberGenerator) -> [UInt8] {
        let (content, changes) = self.state.withLock { ($0.content, $0.unsynced) }
        var bytes = content
        for change in changes.reversed() {
            switch change {
            case .write(_, let offset, let over, let sizeBefore):
                bytes.resize(to: sizeBefore)
                bytes.overwrite(over[...], at: offset)
            case .truncate(_, let cut, let sizeBefore):
                bytes.resize(to: sizeBefore - cut.count)
                bytes.append(contentsOf: cut)
            }
        }
        for change in changes { Self.redo(change, on: &bytes, using: &generator) }
        return bytes
    }

    private static func redo(
        _ change: Change, on bytes: inout [UInt8], using generator: inout some RandomNumberGenerator
    ) {
        switch change {
        case .truncate(let size, _, _):
            if Bool.random(using: &generator) { bytes.resize(to: size) }
        case .write(let data, let offset, _, _):
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
}

extension [UInt8] {
    fileprivate mutating func resize(to size: Int) {
        if size < self.count {
            self.removeLast(self.count - size)
        } else {
            self.append(contentsOf: repeatElement(0, count: size - self.count))
        }
    }

    /// An empty one leaves the size alone.
    fileprivate mutating func overwrite(_ data: ArraySlice<UInt8>, at offset: Int) {
        guard !data.isEmpty else { return }
        if self.count < offset + data.count { self.resize(to: offset + data.count) }
        self.replaceSubrange(offset..<offset + data.count, with: data)
    }
}
