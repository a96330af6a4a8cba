import CairnConsensus
import CairnHash
import CairnLedger
import CairnStore

/// One run of a node's program: drives a machine over a store and a journal as the real driver does. It ends with a
/// crash, and the next run opens what is left on the disk.
///
/// While a sync runs, other events are handled; what they want written gathers for the next sync.
final class NodeProcess {
    let node: Int
    let key: PublicKey
    let store: LedgerStore
    private var writer: LedgerWriter
    /// Nil where it was lost: then there is nothing that has to be remembered.
    private var journal: Journal?
    private let machine: any Machine
    var catchUp: CatchUpMachine
    let catchUpScenario: CatchUpScenario
    var check: MessageCheck<SimulatedVerifier>
    let bug: PlantedBug?

    /// What waits for the next sync.
    var queued: [Write] = []
    /// What several members made final, before it is shown.
    var final: [(block: FinalBlock, leafHashes: [Digest])] = []
    /// What the present sync makes durable.
    private var syncing: Durable?
    private var grewSinceSeal = false
    /// Blocks since the journal was trimmed.
    private var blocksInJournal = 0
    private let blocksInJournalMax: Int
    private(set) var hasEnded = false

    enum Write {
        case journal(JournalEntry, JournalNumber)
        case block(FinalBlock, leafHashes: [Digest])
    }

    private struct Durable {
        var journal: JournalNumber?
        var block: BlockIndex?
    }

    init(
        node: Int, opened: consuming OpenedLedger, journal: consuming Journal?, memory: VoteMemory, key: SimulatedKey,
        maker: MachineMaker, catchUp: CatchUpScenario, blocksInJournalMax: Int, idSeed: [UInt8], bug: PlantedBug?,
        now: Moment
    ) throws(StoreError) {
        let chain = opened.chain
        self.node = node
        self.key = key.publicKey
        self.store = opened.store
        let headCertificate = try opened.store.block(opened.store.head.index).certificate
        self.writer = opened.takeWriter()
        self.journal = journal
        self.blocksInJournalMax = blocksInJournalMax
        self.bug = bug
        self.machine = maker.make(
            chain: chain, headCertificate: headCertificate, key: key, memory: memory, idSeed: idSeed, now: now)
        self.catchUp = CatchUpMachine(
            chain: chain.chain, tip: chain.tip, key: key.publicKey, configuration: catchUp.configuration)
        self.catchUpScenario = catchUp
        self.check = MessageCheck(present: chain.present, verifier: key.verifier)
    }

    var inside: String { self.machine.inside + "\(self.catchUp.progress)" }
    var wakeUp: Instant? {
        guard let vote = self.machine.wakeUp else { return self.catchUp.wakeUp }
        return self.catchUp.wakeUp.map { min($0, vote) } ?? vote
    }
    var members: MemberSet { self.machine.members }
    var epoch: Epoch { self.machine.epoch }
    var view: View { self.machine.view }
    /// Nothing waits for the disk.
    var isStored: Bool { self.syncing == nil && self.queued.isEmpty }

    // MARK: Events

    func receive(_ message: NodeMessage, from sender: PublicKey, now: Moment, _ outcomes: inout [Outcome]) {
        switch message {
        case .vote(let message): self.receive(message, from: sender, now: now, &outcomes)
        case .catchUp(let message): self.receive(message, from: sender, now: now, &outcomes)
        case .snapshot, .checkpoint: break
        }
    }

    private func receive(_ message: Message, from sender: PublicKey, now: Moment, _ outcomes: inout [Outcome]) {
        if case .status(let status) = message {
            self.handle(.claimed(head: status.head, by: sender), now: now, &outcomes)
        }
        guard self.machine.wants(message) else { return }
        do throws(MessageError) {
            guard let checked = try self.check.check(message, behind: self.machine.tip) else { return }
            self.handle(.received(checked, from: sender), now: now, &outcomes)
        } catch {
            outcomes.append(.misbehaved(sender, "\(error)"))
        }
    }

    func handle(_ event: VoteEvent, now: Moment, _ outcomes: inout [Outcome]) {
        var reported: JournalNumber?
        var next: VoteEvent? = event
        var shown: BlockIndex?
        while let present = next {
            for effect in self.machine.handle(present, now: now) {
                if case .journal(_, let number) = effect { reported = number }
                self.carryOut(effect, &outcomes)
            }
            next = self.showFinal(&outcomes)
            if case .appended(let index) = next { shown = index }
        }
        if self.bug == .voteBeforeStoring, let reported {
            self.handle(.journaled(through: reported), now: now, &outcomes)
        }
        self.beginSync(&outcomes)
        if let shown { self.handle(.stored(through: shown, tip: self.machine.tip), now: now, &outcomes) }
    }

    /// What is due is done.
    func timeReached(now: Moment, _ outcomes: inout [Outcome]) {
        if let due = self.machine.wakeUp, due <= now.instant {
            self.handle(VoteEvent.timeReached, now: now, &outcomes)
        }
        if let due = self.catchUp.wakeUp, due <= now.instant {
            self.handle(CatchUpEvent.timeReached, now: now, &outcomes)
        }
    }

    /// The sync is done.
    func synced(now: Moment, _ outcomes: inout [Outcome]) {
        guard let durable = self.syncing else { return }
        self.syncing = nil
        do throws(StoreError) {
            if durable.journal != nil { _ = try self.journal?.sync() }
            if durable.block != nil {
                let proof = try self.writer.sync()
                outcomes.append(.shown(proof.head))
            }
        } catch {
            self.end(because: error, &outcomes)
            return
        }
        if let number = durable.journal, self.bug != .voteBeforeStoring {
            self.handle(.journaled(through: number), now: now, &outcomes)
        }
        if let index = durable.block {
            self.handle(.appended(through: index), now: now, &outcomes)
            self.handle(.stored(through: index, tip: self.machine.tip), now: now, &outcomes)
        }
        self.trimJournal(&outcomes)
        self.beginSync(&outcomes)
    }

    /// Writes what a quorum made final, and shows it before it is durable here: the quorum has it in its journals.
    private func showFinal(_ outcomes: inout [Outcome]) -> VoteEvent? {
        guard !self.final.isEmpty, !self.hasEnded else { return nil }
        do throws(StoreError) {
            for (block, leafHashes) in self.final { try self.writer.append(block, leafHashes: leafHashes) }
            let head = try self.writer.publish()
            self.blocksInJournal += self.final.count
            self.final.removeAll()
            self.grewSinceSeal = true
            outcomes.append(.shown(head))
            return .appended(through: head.header.index)
        } catch {
            self.end(because: error, &outcomes)
            return nil
        }
    }

    private func syncLog() throws(StoreError) {
        guard let sync = try self.writer.logSync else { return }
        let result = Result { () throws(StoreError) in try sync.run() }
        try self.writer.finish(sync, result)
    }

    /// A quiet moment: true when blocks came since the last one, so that another look is due.
    func seal(_ outcomes: inout [Outcome]) -> Bool {
        do throws(StoreError) {
            guard !self.grewSinceSeal else {
                self.grewSinceSeal = false
                try self.syncLog()
                return true
            }
            // The real driver seals on the same thread that writes: never in the middle of a sync.
            guard self.syncing == nil else { return true }
            try self.journal?.seal()
            try self.writer.seal()
        } catch {
            self.end(because: error, &outcomes)
        }
        return false
    }

    /// Ends as after SIGTERM.
    func close(_ outcomes: inout [Outcome]) {
        do throws(StoreError) {
            try self.journal?.seal()
            try self.writer.close()
        } catch {
            self.end(because: error, &outcomes)
        }
        self.hasEnded = true
    }

    /// The power goes in the middle of whatever this process has to do with its disk just now.
    func losePower(on disk: FaultyDisk, afterChanges changes: Int) {
        disk.setPlan(FaultyDisk.Plan(changesUntilCrash: changes))
        // It stops with the first error, as the machine does; without one, the power goes a moment later.
        do throws(StoreError) {
            if let syncing {
                if syncing.journal != nil { _ = try self.journal?.sync() }
                if syncing.block != nil { _ = try self.writer.sync() }
            } else if self.isStored, self.blocksInJournal > 8, let entries = self.machine.journalToKeep {
                try self.syncLog()
                try self.journal?.trim(keeping: entries)
            } else {
                try self.journal?.seal()
                try self.writer.seal()
            }
        } catch {}
        self.hasEnded = true
    }

    // MARK: The disk

    private func beginSync(_ outcomes: inout [Outcome]) {
        guard self.syncing == nil, !self.queued.isEmpty, !self.hasEnded else { return }
        var durable = Durable()
        do throws(StoreError) {
            for write in self.queued {
                switch write {
                case .journal(let entry, let number):
                    try self.journal?.append(entry)
                    durable.journal = number
                case .block(let final, let leafHashes):
                    try self.writer.append(final, leafHashes: leafHashes)
                    durable.block = final.block.index
                    self.grewSinceSeal = true
                    self.blocksInJournal += 1
                }
            }
        } catch {
            return self.end(because: error, &outcomes)
        }
        self.queued.removeAll(keepingCapacity: true)
        self.syncing = durable
        outcomes.append(.syncing)
    }

    /// Now and then, when nothing is on its way to the journal.
    private func trimJournal(_ outcomes: inout [Outcome]) {
        guard self.blocksInJournal >= self.blocksInJournalMax, self.isStored, let entries = self.machine.journalToKeep
        else { return }
        self.blocksInJournal = 0
        do throws(StoreError) {
            if self.bug != .trimBeforeSyncing { try self.syncLog() }
            try self.journal?.trim(keeping: entries)
        } catch {
            self.end(because: error, &outcomes)
        }
    }

    func end(because error: StoreError, _ outcomes: inout [Outcome]) {
        self.hasEnded = true
        outcomes.append(.broken(error))
    }
}
