internal import CairnConsensus
internal import CairnLedger
internal import CairnStore
internal import Dispatch
internal import Logging
internal import NIOCore

// What is written, synced, sealed and trimmed.
extension LedgerDriver {
    /// How long the ledger has to be quiet before it is sealed.
    private static let sealDelay = TimeAmount.milliseconds(100)
    /// How long a full disk is left alone.
    private static let fullDelay = TimeAmount.seconds(1)
    /// What a block needs beside itself: room for what is derived from it.
    private static let roomBytes = 256 << 10
    /// A journal of this size is begun anew with what isn't final yet.
    private static let journalBytesMax: UInt64 = 16 << 20

    /// Final blocks of so many bytes are written by a thread of their own; fewer take less time than to ask one for it.
    private static let appendHereBytesMax = 256 << 10

    /// Has written what waits for it, journal and log at the same time.
    func beginSyncs() {
        guard !self.hasFailed else { return }
        if self.logging == nil, !self.logQueue.isEmpty { self.writeLog(self.takeLogQueue()) }
        // What is said in an epoch means nothing to who starts again with a log that ends before it.
        if self.journaling == nil, !self.isTrimming, !self.journalQueue.isEmpty, !self.isEpochEnding {
            let items = self.journalQueue
            self.journalQueue = []
            self.writeJournal(items)
        }
    }

    private func takeLogQueue() -> [LogKeeper.Item] {
        defer { self.logQueue = [] }
        return self.logQueue
    }

    /// Whether an epoch's last block is on its way to the log, or waits for it.
    private var isEpochEnding: Bool {
        self.isLoggingEpochEnd || Self.endsEpoch(self.logQueue)
    }

    private static func endsEpoch(_ items: [LogKeeper.Item]) -> Bool {
        items.contains { Annex.holdsChange($0.block.block.annexBytes) }
    }

    // MARK: Journal

    private func writeJournal(_ items: [JournalKeeper.Item]) {
        guard let journal else {
            // It doesn't vote: what it found out about others is in memory, and nothing depends on it.
            if let last = items.last?.number { self.handle(.journaled(through: last)) }
            return
        }
        self.journaling = items
        journal.write(items) { result, written in
            self.post(.journaled(result, written: written))
        }
    }

    func journalWrote(_ result: Result<JournalNumber, StoreError>, written: Int) {
        guard let items = self.journaling else { return }
        switch result {
        case .success(let number):
            self.journaling = nil
            self.noteRoom(for: .journal)
            self.handle(.journaled(through: number))
            self.trimJournalIfLarge()
        case .failure(.noSpace(let file)):
            self.noteFull(file, for: .journal)
            guard let last = items.last?.number else { return }
            let left = Array(items.dropFirst(written))
            self.journaling = left.isEmpty ? items.suffix(1) : left
            self.loop.scheduleTask(in: Self.fullDelay) {
                guard !self.hasFailed, !self.isClosed else { return }
                if left.isEmpty {
                    self.journal?.syncAgain(last) { self.post(.journaled($0, written: 1)) }
                } else {
                    self.writeJournal(left)
                }
            }
        case .failure(let error):
            self.fail(error)
        }
    }

    /// Now and then, when nothing is on its way to it.
    private func trimJournalIfLarge() {
        guard let journal, self.journaling == nil, self.journalQueue.isEmpty, !self.isTrimming,
            journal.byteCount > self.trimBytes, let entries = self.machine.journalToKeep
        else { return }
        self.isTrimming = true
        self.hasTrimmed = true
        journal.trim(keeping: entries, log: self.log) { self.post(.journalTrimmed($0)) }
    }

    /// All members' journals grow alike, and a member doesn't vote while its journal is begun anew. So each has another limit for the
    /// first time, by its place among the members: they are apart from then on, and meanwhile the others are a quorum.
    private var trimBytes: UInt64 {
        guard !self.hasTrimmed else { return Self.journalBytesMax }
        let members = self.check.members
        let position = members.position(of: self.key) ?? 0
        return Self.journalBytesMax / 2 * UInt64(members.members.count + position) / UInt64(members.members.count)
    }

    func journalTrimmed(_ error: StoreError?) {
        self.isTrimming = false
        switch error {
        case nil: break
        case .noSpace(let file): self.noteUntrimmed(file)
        case let error?: self.fail(error)
        }
        self.beginSyncs()
    }

    /// The old journal goes on, as long as there is room for that.
    private func noteUntrimmed(_ file: String) {
        guard let leftOut = self.quietLines.take("untrimmed", now: Moment.now().instant) else { return }
        self.logger.warning(
            "the journal can't be begun anew, and goes on growing: the disk is full",
            metadata: ["file": "\(file)", "left_out": "\(leftOut)"])
    }

    // MARK: Block log

    /// Writes final blocks on this thread, when that takes no longer than to ask another one for it.
    ///
    /// What a quorum has in its journals is shown before it is durable in this node's log. The only member of a ledger has
    /// nothing but its log.
    func appendHere() -> VoteEvent? {
        guard !self.hasFailed, self.logging == nil, !self.logQueue.isEmpty else { return nil }
        // The last block of an epoch with others is written like theirs, also by who is alone in the next.
        if self.isAlone, self.machine.isStoring {
            guard self.journaling == nil, self.journalQueue.isEmpty, !self.isTrimming, self.logQueue.count == 1 else {
                return nil
            }
            return self.appendAlone()
        }
        // What is said in the next epoch waits until the block that begins it is durable.
        guard !Self.endsEpoch(self.logQueue) else { return nil }
        let bytes = self.logQueue.reduce(0) { $0 + $1.block.block.entries.bytes.count }
        guard bytes <= Self.appendHereBytesMax else { return nil }
        let items = self.takeLogQueue()
        let (result, written) = self.log.append(items, isDurable: false)
        guard case .success(let index) = result else {
            self.logging = items
            self.logWrote(result, written: written)
            return nil
        }
        self.noteGrowth()
        return .appended(through: index)
    }

    /// The only member's block is final when it is stored; its answers are what waits for it.
    private func appendAlone() -> VoteEvent? {
        let start = DispatchTime.now().uptimeNanoseconds
        let items = self.takeLogQueue()
        switch self.log.append(items, isDurable: true).result {
        case .success(let index):
            self.lastSyncNanoseconds = DispatchTime.now().uptimeNanoseconds - start
            self.noteGrowth()
            return .appended(through: index)
        case .failure(.noSpace(let file)):
            self.roomWanted = Self.roomBytes + items.reduce(0) { $0 + $1.block.block.encodedByteCount }
            self.noteFull(file, for: .log)
            return .noSpace
        case .failure(let error):
            self.fail(error)
            return nil
        }
    }

    private func writeLog(_ items: [LogKeeper.Item]) {
        self.logging = items
        // Also while what follows it waits for room.
        if Self.endsEpoch(items) { self.isLoggingEpochEnd = true }
        self.log.append(items, isDurable: self.isAlone || self.isLoggingEpochEnd) { result, written in
            self.post(.appended(result, written: written))
        }
    }

    func logWrote(_ result: Result<BlockIndex, StoreError>, written: Int) {
        guard let items = self.logging else { return }
        switch result {
        case .success(let index):
            self.logging = nil
            self.isLoggingEpochEnd = false
            self.noteGrowth()
            self.handle(.appended(through: index))
            self.tellGrowth()
        case .failure(.noSpace(let file)):
            // Nobody can take back what a quorum made final: it waits for room.
            self.noteFull(file, for: .log)
            let left = Array(items.dropFirst(written))
            self.logging = left
            self.loop.scheduleTask(in: Self.fullDelay) {
                guard !self.hasFailed, !self.isClosed else { return }
                self.writeLog(left)
            }
        case .failure(let error):
            self.fail(error)
        }
    }

    /// New blocks are shown.
    func tellGrowth() {
        self.handle(.stored(through: self.store.head.index, tip: self.machine.chain.tip))
        self.reports.grew()
        self.trimJournalIfLarge()
    }

    private func noteGrowth() {
        self.grewSinceScheduled = true
        self.noteRoom(for: .log)
    }

    // MARK: Sealing

    func scheduleSeal() {
        guard !self.isSealScheduled, self.grewSinceScheduled else { return }
        self.isSealScheduled = true
        self.grewSinceScheduled = false
        self.loop.scheduleTask(in: Self.sealDelay) { self.seal() }
    }

    /// What is shown doesn't stay long without being durable.
    private func syncLog() {
        guard !self.isAlone else { return }
        self.log.sync { error in
            if let error { self.post(.failed(error)) }
        }
    }

    private func seal() {
        self.isSealScheduled = false
        guard !self.hasFailed, !self.isClosed else { return }
        guard !self.grewSinceScheduled, self.isStored else {
            self.syncLog()
            self.grewSinceScheduled = true
            self.scheduleSeal()
            return
        }
        do throws(StoreError) {
            try self.journal?.seal()
            try self.log.seal()
        } catch {
            // The seal before it holds; the next quiet moment after an append tries again, and so does the next start.
            if case .noSpace = error { return }
            self.fail(error)
        }
    }
}
