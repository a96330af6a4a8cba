internal import CairnConsensus
internal import CairnLedger
internal import CairnStore
internal import Dispatch
internal import Logging

// What is written, synced, sealed and trimmed.
extension LedgerDriver {
    /// How long the ledger has to be quiet before it is sealed.
    private static let sealDelay = DispatchTimeInterval.milliseconds(100)
    /// How long a full disk is left alone.
    private static let fullDelay = DispatchTimeInterval.seconds(1)
    /// A journal of this size is begun anew with what isn't final yet.
    private static let journalBytesMax: UInt64 = 16 << 20

    /// Has written what waits for it, journal and log at the same time.
    func beginSyncs() {
        guard !self.hasFailed else { return }
        if self.journaling == nil, !self.isTrimming, !self.journalQueue.isEmpty {
            let items = self.journalQueue
            self.journalQueue = []
            self.writeJournal(items)
        }
        if self.logging == nil, !self.logQueue.isEmpty {
            let items = self.logQueue
            self.logQueue = []
            self.writeLog(items)
        }
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
            self.wasFull = false
            self.handle(.journaled(through: number))
            self.trimJournalIfLarge()
        case .failure(.noSpace(let file)):
            self.noteFull(file)
            guard let last = items.last?.number else { return }
            let left = Array(items.dropFirst(written))
            self.journaling = left.isEmpty ? items.suffix(1) : left
            self.queue.asyncAfter(deadline: .now() + Self.fullDelay) {
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
            journal.byteCount > Self.journalBytesMax, let entries = self.machine.journalToKeep
        else { return }
        self.isTrimming = true
        journal.trim(keeping: entries) { self.post(.journalTrimmed($0)) }
    }

    func journalTrimmed(_ error: StoreError?) {
        self.isTrimming = false
        switch error {
        case nil: break
        case .noSpace(let file): self.noteFull(file)
        case let error?: self.fail(error)
        }
        self.beginSyncs()
    }

    // MARK: Block log

    private func writeLog(_ items: [LogKeeper.Item]) {
        self.logging = items
        self.log.write(items) { result, written in
            self.post(.appended(result, written: written))
        }
    }

    func logWrote(_ result: Result<BlockIndex, StoreError>, written: Int) {
        guard let items = self.logging else { return }
        switch result {
        case .success(let index):
            self.logging = nil
            self.noteGrowth()
            self.handle(.appended(through: index))
            self.handle(.stored(through: index, tip: self.machine.chain.tip))
            self.reports.grew()
            self.trimJournalIfLarge()
        case .failure(.noSpace(let file)):
            // Nobody can take back what a quorum made final: it waits for room.
            self.noteFull(file)
            let left = Array(items.dropFirst(written))
            self.logging = left
            self.queue.asyncAfter(deadline: .now() + Self.fullDelay) {
                guard !self.hasFailed, !self.isClosed else { return }
                self.writeLog(left)
            }
        case .failure(let error):
            self.fail(error)
        }
    }

    func noteGrowth() {
        self.grewSinceScheduled = true
        self.wasFull = false
    }

    func noteFull(_ file: String) {
        if !self.wasFull {
            self.logger.warning("the disk is full: no record is taken", metadata: ["file": "\(file)"])
        }
        self.wasFull = true
    }

    // MARK: Sealing

    func scheduleSeal() {
        guard !self.isSealScheduled, self.grewSinceScheduled else { return }
        self.isSealScheduled = true
        self.grewSinceScheduled = false
        self.queue.asyncAfter(deadline: .now() + Self.sealDelay) { self.seal() }
    }

    private func seal() {
        self.isSealScheduled = false
        guard !self.hasFailed, !self.isClosed else { return }
        guard !self.grewSinceScheduled, self.isStored else {
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
