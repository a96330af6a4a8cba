internal import CairnHash
public import CairnLedger

extension Auditor {
    /// How far `checkRecords` has come.
    public struct Progress: Hashable, Sendable {
        /// Records that were checked in this call.
        public var records: UInt64
        /// Of those records, with their lengths.
        public var bytes: UInt64
        /// Records to check in this call.
        public var total: UInt64
    }

    /// Windows between two moments at which what was checked is stored: some hundred thousand records.
    private static let windowsBetweenStores = 128

    /// Reads all records that were not checked before, up to a checkpoint, and computes the tree's root from them: that the ledger
    /// really holds what was signed.
    ///
    /// Each window of records is also proven by itself, so that an error names the records.
    ///
    /// - Parameters:
    ///   - checkpoint: one that was found consistent, such as a round's `latest`.
    ///   - storage: keeps how far the check has come: the next call goes on from there, also after this one was cut off.
    ///   - progress: called now and then.
    /// - Returns: up to which size all records are checked now.
    /// - Throws: `.notIncluded` for records that are not those of the signed tree (of several nodes, in `.allFailed`).
    @discardableResult
    public func checkRecords(
        upTo checkpoint: Checkpoint, storage: any CheckpointStorage, progress: (Progress) -> Void = { _ in }
    ) async throws(LedgerClientError) -> TreeSize {
        var checked = CheckedRecords()
        if let bytes = try await Self.load(storage) { checked = try CheckedRecords(parsing: bytes) }
        let first = checked.frontier.size
        guard first <= checkpoint.size else { return first }
        var done = Progress(records: 0, bytes: 0, total: checkpoint.size.rawValue - first.rawValue)
        var windows = 0
        while checked.frontier.size < checkpoint.size {
            if Task.isCancelled { throw .cancelled }
            let next = checked.frontier.size.rawValue
            let window = RecordWindow(at: next, wantedUpTo: checkpoint.size.rawValue, in: checkpoint)
            let bundles = try await self.pool.any { node throws(LedgerClientError) in
                try await window.entries(from: node)
            }
            let leafHashes = bundles.flatMap { $0.leafHashes() }
            checked.frontier.append(contentsOf: leafHashes.dropFirst(Int(next - window.leaves.lowerBound)))
            done.records = checked.frontier.size.rawValue - first.rawValue
            done.bytes += UInt64(bundles.reduce(0) { $0 + $1.bytes.count })
            progress(done)
            windows += 1
            if windows.isMultiple(of: Self.windowsBetweenStores) { try await Self.store(checked, in: storage) }
        }
        guard checked.frontier.root == checkpoint.root else {
            // The windows were proven, so what was stored of earlier ones is not what was checked then.
            throw .storage(
                reason:
                    "the records that were checked before don't lead to the signed root: remove it to check all again")
        }
        if done.records > 0 { try await Self.store(checked, in: storage) }
        return checked.frontier.size
    }

    private static func load(_ storage: any CheckpointStorage) async throws(LedgerClientError) -> [UInt8]? {
        do {
            return try await storage.load()
        } catch {
            throw .storage(reason: "\(error)")
        }
    }

    private static func store(
        _ checked: CheckedRecords, in storage: any CheckpointStorage
    ) async throws(LedgerClientError) {
        do {
            try await storage.store(checked.bytes)
        } catch {
            throw .storage(reason: "\(error)")
        }
    }
}
