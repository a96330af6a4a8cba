internal import CairnHash
internal import CairnLedger
internal import CairnLock

/// Which tiles were proven since the ledger was opened: of full ones the SHA-256 of their bytes, and of each level the last,
/// partial one itself. A tile never changes, so each has to be proven only once. But what the disk gives back later may
/// be something else: who reads a tile again compares it.
final class CheckedTiles: Sendable {
    private struct Key: Hashable {
        var level: Int
        var index: UInt64
    }

    private struct Partial {
        var index: UInt64
        var bytes: [UInt8]
    }

    private struct State {
        var digests: [Key: Digest] = [:]
        /// By level.
        var partials: [Int: Partial] = [:]
    }

    /// As many as 16 million records have, in some 5 MB.
    private static let tilesMax = 1 << 16

    private let state = Lock(State())

    /// Of all bytes of a full tile that was proven.
    func digest(level: Int, index: UInt64) -> Digest? {
        self.state.withLock { $0.digests[Key(level: level, index: index)] }
    }

    /// - Parameter hashes: of the whole tile.
    func insert(_ hashes: [Digest], level: Int, index: UInt64) {
        let digest = Digest(hashing: Self.bytes(of: hashes))
        self.state.withLock { state in
            // All at once: a table from which one is removed for each that comes has longer and longer ways to a free
            // place. One that is missing is proven again when it is read.
            if state.digests.count >= Self.tilesMax { state.digests.removeAll(keepingCapacity: true) }
            state.digests[Key(level: level, index: index)] = digest
        }
    }

    /// The first bytes of a partial tile that was proven; nil when not so many were.
    func partial(level: Int, index: UInt64, byteCount: Int) -> [UInt8]? {
        self.state.withLock { state in
            guard let partial = state.partials[level], partial.index == index, partial.bytes.count >= byteCount
            else { return nil }
            return Array(partial.bytes.prefix(byteCount))
        }
    }

    /// - Parameter hashes: all that the tile had.
    func insertPartial(_ hashes: [Digest], level: Int, index: UInt64) {
        let new = Partial(index: index, bytes: Self.bytes(of: hashes))
        self.state.withLock { state in
            if let known = state.partials[level], (known.index, known.bytes.count) > (index, new.bytes.count) { return }
            state.partials[level] = new
        }
    }

    private static func bytes(of hashes: [Digest]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * Digest.byteCount)
        for hash in hashes { bytes.append(hash) }
        return bytes
    }

    /// Whether the hashes of a full tile are those that were proven.
    func contains(_ hashes: [Digest], level: Int, index: UInt64) -> Bool {
        guard let digest = self.digest(level: level, index: index) else { return false }
        return Digest(hashing: Self.bytes(of: hashes)) == digest
    }
}
