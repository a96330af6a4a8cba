internal import CairnLedger
internal import CairnLock

/// Which tiles were read and found right since the ledger was opened: a bit for each full one, so 5 KB for 10 million
/// records. A tile never changes, so each has to be hashed only once.
final class CheckedTiles: Sendable {
    private struct State {
        /// By level; bit i of word j stands for tile 64 j + i.
        var words: [[UInt64]] = Array(repeating: [], count: TreeFiles.levelCount)
        /// The tree size at which the last, partial tile of every level was found right.
        var partialSize: TreeSize = 0
    }

    private let state = Lock(State())

    /// Whether the hashes of a tile were found right.
    ///
    /// - Parameter end: leaves up to the end of the wanted part of it.
    func contains(level: Int, index: UInt64, end: UInt64) -> Bool {
        self.state.withLock { state in
            let word = Int(index / 64)
            if word < state.words[level].count, state.words[level][word] & 1 << (index % 64) != 0 { return true }
            let last = TreeFiles.hashCount(level: level + 1, treeSize: state.partialSize)
            return index == last && end <= state.partialSize.rawValue
        }
    }

    func insert(level: Int, index: UInt64) {
        self.state.withLock { state in
            let word = Int(index / 64)
            if word >= state.words[level].count {
                state.words[level] += Array(repeating: 0, count: word + 1 - state.words[level].count)
            }
            state.words[level][word] |= 1 << (index % 64)
        }
    }

    func insertPartials(of size: TreeSize) {
        self.state.withLock { $0.partialSize = max($0.partialSize, size) }
    }
}
