internal import CairnHash
internal import CairnLedger

/// Gathers the ids of the submissions among the newest records, block by block from the newest on down.
package struct WindowFetch: Sendable {
    enum Progress: Hashable, Sendable {
        case more
        case whole
        /// What is certified breaks a rule.
        case broken(BlockIndex, String)
    }

    /// Of the newest block's epoch.
    private let own: EpochMembers
    private let last: BlockHeader
    /// The block that comes next.
    private(set) var next: (index: BlockIndex, hash: Digest)
    /// From the newest. A block's first record shows in the one before it.
    private var lists: [(list: SubmissionList, firstRecord: RecordNumber?, treeSize: TreeSize)] = []
    /// The oldest block so far, when it has a list.
    private var isOldestOpen = false
    private var oldestSize: TreeSize
    /// When all are there.
    private(set) var window: SubmissionWindow?

    /// - Parameters:
    ///   - own: what holds in the epoch of `last`.
    ///   - last: the newest block, certified.
    init(of own: EpochMembers, last: BlockHeader) {
        self.own = own
        self.last = last
        self.next = (last.index, last.hash)
        self.oldestSize = last.treeSize
    }

    /// The first record that can matter.
    private var firstRecord: RecordNumber {
        SubmissionWindow(of: self.own).firstRecord(at: self.last.treeSize)
    }

    /// Takes consecutive blocks, the last of which is `next`. After a lie, what came before it is kept.
    mutating func take(_ outlines: [SnapshotMessage.Outline]) -> Result<Progress, SnapshotError> {
        guard !outlines.isEmpty else { return .failure(.empty) }
        for outline in outlines.reversed() {
            let header = outline.header
            guard header.index == self.next.index, header.hash == self.next.hash else {
                return .failure(.otherBlock(self.next.index))
            }
            let annexHash = outline.annexBytes.isEmpty ? .zero : Digest(hashing: outline.annexBytes)
            guard header.annexHash == annexHash else { return .failure(.wrongAnnex(header.index)) }
            switch self.take(header, outline.annexBytes) {
            case .more: continue
            case let end: return .success(end)
            }
        }
        return .success(.more)
    }

    private mutating func take(_ header: BlockHeader, _ annexBytes: [UInt8]) -> Progress {
        guard header.treeSize <= self.oldestSize else {
            return .broken(header.index, "the ledger was larger before the next block")
        }
        self.close(header.treeSize)
        self.oldestSize = header.treeSize
        // No record of this block, or of one before it, can matter.
        if header.treeSize.rawValue <= self.firstRecord.rawValue { return self.end(header.index) }
        if !annexBytes.isEmpty {
            guard let annex = try? Annex(decoding: annexBytes.span.bytes) else {
                return .broken(header.index, "its annex is not valid")
            }
            if let list = annex.submissions {
                self.lists.append((list, nil, header.treeSize))
                self.isOldestOpen = true
            }
        }
        guard let before = header.index.previous() else {
            self.close(0)
            return self.end(0)
        }
        self.next = (before, header.previousHash)
        return .more
    }

    private mutating func close(_ sizeBefore: TreeSize) {
        guard self.isOldestOpen else { return }
        self.lists[self.lists.count - 1].firstRecord = sizeBefore.nextRecord
        self.isOldestOpen = false
    }

    private mutating func end(_ index: BlockIndex) -> Progress {
        var window = SubmissionWindow(of: self.own)
        for (list, first, treeSize) in self.lists.reversed() {
            guard let first, treeSize.rawValue - first.rawValue <= UInt64(Limits.blockRecordsMax),
                (try? list.check(recordCount: Int(treeSize.rawValue - first.rawValue))) != nil,
                window.firstRepeated(in: list, blockFirstRecord: first) == nil
            else {
                return .broken(index, "a submission behind it is repeated, or of records that its block doesn't have")
            }
            window.insert(list, blockFirstRecord: first, treeSize: treeSize)
        }
        self.lists = []
        self.window = window
        return .whole
    }
}
