internal import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnLock
internal import CairnStore
internal import Dispatch

/// Owns the writer of the history, and writes to it on a queue of its own; in the end hands it to the ledger that is ahead.
///
/// `@unchecked Sendable`: everything mutable is touched on the queue only, or has a lock.
final class HistoryKeeper: @unchecked Sendable {
    enum Failure: Error, Sendable {
        case store(StoreError)
        /// What is certified breaks a rule.
        case rule(BlockIndex, String)
    }

    private let queue = DispatchQueue(label: "cairn.history", qos: .utility)
    private let isStopping = Lock(false)
    /// Behind the newest block that was appended.
    private var chain: ChainState
    /// Nothing more is appended: what was on its way doesn't follow what is there.
    private var hasFailed = false
    private let writer: Lock<LedgerWriter?>
    let store: LedgerStore
    private let noteFull: @Sendable (String) -> Void

    /// How long a full disk is left alone.
    private static let fullDelay = DispatchTimeInterval.seconds(1)
    /// What is copied with one sync.
    private static let copyBytes = 4 << 20
    /// With so few left, the ledger that is ahead waits for them.
    private static let blocksLeftMax: UInt64 = 32
    private static let waitDelay = DispatchTimeInterval.milliseconds(20)

    init(_ opened: consuming OpenedLedger, noteFull: @escaping @Sendable (String) -> Void) {
        self.chain = opened.chain
        self.store = opened.store
        self.writer = Lock(opened.takeWriter())
        self.noteFull = noteFull
    }

    // MARK: From other nodes

    /// Makes checked blocks durable, of which the last has a certificate.
    ///
    /// - Parameter completion: gets the newest durable block. Not called when the node stops, or behind a failure.
    func append(
        _ blocks: [(block: CheckedBlock, certificate: Certificate?)],
        completion: @escaping @Sendable (Result<ChainTip, Failure>) -> Void
    ) {
        self.queue.async {
            guard !self.hasFailed else { return }
            do throws(Failure) {
                for (checked, certificate) in blocks {
                    guard !self.isStopping.withLock({ $0 }) else { return }
                    let block = checked.block
                    if let id = self.chain.window.firstRepeated(
                        in: checked.submissions, blockFirstRecord: block.firstRecord)
                    {
                        throw .rule(block.index, "\(BlockError.repeatedSubmission(id))")
                    }
                    self.chain.advance(to: checked)
                    try self.write(FinalBlock(block: block, certificate: certificate), checked.leafHashes)
                }
                try self.sync()
                completion(.success(self.chain.tip))
            } catch {
                self.hasFailed = true
                completion(.failure(error))
            }
        }
    }

    /// Writes a block, when there is room for it: nobody waits for this but the history.
    private func write(_ final: FinalBlock, _ leafHashes: [Digest]) throws(Failure) {
        try self.retrying { (writer) throws(StoreError) in try writer.append(final, leafHashes: leafHashes) }
    }

    private func sync() throws(Failure) {
        try self.retrying { (writer) throws(StoreError) in _ = try writer.sync() }
    }

    private func retrying(_ body: (inout LedgerWriter) throws(StoreError) -> Void) throws(Failure) {
        while !self.isStopping.withLock({ $0 }) {
            do throws(StoreError) {
                return try self.using(body)
            } catch {
                guard case .noSpace(let file) = error else { throw .store(error) }
                self.noteFull(file)
                _ = DispatchSemaphore(value: 0).wait(timeout: .now() + Self.fullDelay)
            }
        }
    }

    private func using(_ body: (inout LedgerWriter) throws(StoreError) -> Void) throws(StoreError) {
        try self.writer.withLock { writer throws(StoreError) in
            if writer != nil { try body(&writer!) }
        }
    }

    // MARK: From the ledger that is ahead

    /// Copies the blocks that are ahead behind the history, and has their writer go on in the history's files.
    ///
    /// - Parameter completion: called when that is done or failed. Not called when the node stops.
    func copy(
        from ahead: LedgerStore, _ log: LogKeeper, completion: @escaping @Sendable (Result<Void, Failure>) -> Void
    ) {
        self.queue.async {
            guard !self.isStopping.withLock({ $0 }) else { return }
            do throws(Failure) {
                let head = ahead.head.index
                if self.store.head.index.rawValue + Self.blocksLeftMax < head.rawValue {
                    try self.copyMany(from: ahead, through: head)
                    return self.copy(from: ahead, log, completion: completion)
                }
                guard let delay = try self.finish(from: ahead, log) else { return completion(.success(())) }
                self.queue.asyncAfter(deadline: .now() + delay) {
                    self.copy(from: ahead, log, completion: completion)
                }
            } catch {
                completion(.failure(error))
            }
        }
    }

    /// Copies up to a block, which has a certificate, and stops before it behind some bytes.
    private func copyMany(from ahead: LedgerStore, through last: BlockIndex) throws(Failure) {
        var bytes = 0
        var next = self.writer.withLock { $0?.lastAppended ?? last }.next()
        while next <= last, !self.isStopping.withLock({ $0 }) {
            let final: FinalBlock
            do throws(StoreError) {
                final = try ahead.soundBlock(next)
            } catch {
                throw .store(error)
            }
            try self.write(final, final.block.entries.leafHashes())
            bytes += final.block.encodedByteCount
            if bytes >= Self.copyBytes, final.certificate != nil { break }
            next = next.next()
        }
        if !self.isStopping.withLock({ $0 }) { try self.sync() }
    }

    /// The last few blocks, and the change of files, between two appends to the ledger that is ahead. It is short, and
    /// doesn't wait for room on the disk: who decides may wait for it.
    ///
    /// - Returns: nil when it is done; otherwise when to try again.
    private func finish(from ahead: LedgerStore, _ log: LogKeeper) throws(Failure) -> DispatchTimeInterval? {
        let result = log.useAnyhow { (writer) -> Result<DispatchTimeInterval?, Failure> in
            // Something may be on its way to the disk that another try has to finish first; or the history is further.
            guard writer.isSettled, self.store.head.index <= writer.head.index else { return .success(Self.waitDelay) }
            do throws(StoreError) {
                try self.using { (mine) throws(StoreError) in
                    var next = mine.lastAppended.next()
                    while next <= writer.head.index {
                        let final = try ahead.soundBlock(next)
                        try mine.append(final, leafHashes: final.block.entries.leafHashes())
                        next = next.next()
                    }
                    _ = try mine.sync()
                }
            } catch {
                guard case .noSpace(let file) = error else { return .failure(.store(error)) }
                self.noteFull(file)
                return .success(Self.fullDelay)
            }
            guard !self.isStopping.withLock({ $0 }), let mine = self.writer.withLock({ $0.take() }) else {
                return .success(Self.waitDelay)
            }
            writer.takeOver(mine)
            return .success(nil)
        }
        return try result.get()
    }

    /// Writes nothing more, and lets go of the files unless they were handed on. Waits for what is under way.
    func close() throws(StoreError) {
        self.isStopping.withLock { $0 = true }
        self.queue.sync {}
        try self.writer.withLock { writer throws(StoreError) in
            if var writer = writer.take() { try writer.close() }
        }
    }
}
