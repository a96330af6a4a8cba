import CairnConsensus
import CairnHash
import CairnLedger

/// One member while something happens to it: the machine that ships, driven as a node's driver does it.
struct ExploredMember {
    let place: Int
    let stage: ExploreStage
    private(set) var machine: any Machine
    private(set) var disk = MemberDisk()
    /// By the member's own clock.
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    /// When it came to its view.
    private(set) var viewBegan: Instant
    private(set) var crashesLeft: Int
    /// Something that must never happen, and did here.
    private(set) var violation: Violation?
    /// What it wants said.
    private var said: [(message: Message, to: VoteEffect.Destination)] = []

    /// One that nothing has happened to, and that was handed nothing.
    init(_ place: Int, stage: ExploreStage) {
        self.place = place
        self.stage = stage
        self.viewBegan = self.now
        self.crashesLeft = 0
        self.machine = Self.machine(
            place, stage, chain: stage.genesis, certificate: nil, journal: [], now: self.now)
        self.handle(.started)
    }

    private static func machine(
        _ place: Int, _ stage: ExploreStage, chain: ChainState, certificate: Certificate?, journal: [JournalEntry],
        now: Instant
    ) -> any Machine {
        stage.maker.make(
            chain: chain, headCertificate: certificate, key: stage.keys[place], memory: .journal(journal),
            idSeed: [UInt8(place)], now: Moment(instant: now, timestamp: ExploreStage.timestamp))
    }

    /// What is explored begins.
    ///
    /// - Parameter waitsInVain: how often in a row it has waited in vain for the votes of all.
    mutating func begin(crashes: Int, waitsInVain: Int = 0) {
        self.crashesLeft = crashes
        self.viewBegan = self.now
        self.machine.assumeWaitsInVain(waitsInVain)
        self.submit(afterRestart: false)
    }

    private mutating func submit(afterRestart: Bool) {
        self.submit(self.stage.submissions(at: self.place, afterRestart: afterRestart))
        if let change = self.stage.change { self.handle(.changeSubmitted(change, Ticket(rawValue: 99))) }
    }

    mutating func submit(_ submissions: [Submission]) {
        self.handle(
            .submitted(
                submissions.enumerated().map { number, submission in
                    (submission: submission, client: ClientID(rawValue: 0), ticket: Ticket(rawValue: UInt64(number)))
                }))
    }

    /// A copy to which something else may happen.
    func copy() -> ExploredMember {
        var copy = self
        copy.machine = self.machine.copy()
        return copy
    }

    mutating func takeSaid() -> [(message: Message, to: VoteEffect.Destination)] {
        defer { self.said = [] }
        return self.said
    }

    mutating func say(_ message: Message, to key: PublicKey) { self.said.append((message, .node(key))) }

    // MARK: Events

    func wants(_ message: Message) -> Bool { self.machine.wants(message) }

    mutating func take(_ message: Message, from sender: Int) {
        guard self.wants(message) else { return }
        let check = MessageCheck(
            present: self.machine.tip.present,
            // Nobody here forges signatures.
            verifier: self.stage.keys[self.place].verifier.careless)
        do throws(MessageError) {
            guard let checked = try check.check(message, behind: self.machine.tip) else { return }
            self.handle(.received(checked, from: self.stage.keys[sender].publicKey))
        } catch {
            self.complain(of: sender, "\(error)")
        }
    }

    mutating func timeReached() {
        guard let wakeUp = self.machine.wakeUp else { return }
        self.now = max(self.now, wakeUp)
        self.handle(.timeReached)
    }

    /// The clock goes on, at most to when the machine wants to be woken.
    mutating func wait(_ duration: Duration) {
        self.now = self.now + duration
        if let wakeUp = self.machine.wakeUp, wakeUp <= self.now { self.handle(.timeReached) }
    }

    mutating func syncJournal(_ groups: Int) {
        if let number = self.disk.syncJournal(groups) { self.handle(.journaled(through: number)) }
    }

    mutating func syncLog() { self.disk.syncLog() }

    mutating func syncAll() {
        while !self.disk.pending.isEmpty { self.syncJournal(self.disk.pending.count) }
        self.syncLog()
    }

    /// What a journal that is begun anew has to hold, when it may be now.
    var journalToKeep: [JournalEntry]? {
        self.stage.scenario.trims && self.disk.pending.isEmpty ? self.machine.journalToKeep : nil
    }

    mutating func trimAndCrash() {
        guard let entries = self.journalToKeep else { preconditionFailure("the journal isn't begun anew now") }
        self.disk.trim(keeping: entries, isOfAll: self.stage.isOfAll)
        self.crash(keepingEntries: 0, log: self.disk.log.count)
    }

    mutating func crash(keepingEntries entries: Int, log count: Int) {
        self.disk.crash(keepingEntries: entries, log: count)
        self.crashesLeft -= 1
        var chain = self.stage.genesis
        do {
            for final in self.disk.log {
                try chain.apply(
                    final.block, leafHashes: final.block.entries.leafHashes(), using: self.stage.keys[0].verifier)
            }
        } catch {
            self.fail(Violation(.recovery, "member \(self.place) can't read its log: \(error)"))
        }
        self.machine = Self.machine(
            self.place, self.stage, chain: chain, certificate: self.disk.log.last?.certificate,
            journal: self.stage.bug == .forgetJournal ? [] : self.disk.journal, now: self.now)
        self.viewBegan = self.now
        self.handle(.started)
        self.submit(afterRestart: true)
        if self.crashesLeft == 0 { self.disk.forgetJournal() }
    }

    // MARK: Carrying out

    private mutating func handle(_ event: VoteEvent) {
        let before = (self.machine.epoch, self.machine.view)
        var next: VoteEvent? = event
        while let present = next {
            next = self.carryOut(self.machine.handle(present, now: self.moment))
        }
        if before != (self.machine.epoch, self.machine.view) { self.viewBegan = self.now }
    }

    private var moment: Moment { Moment(instant: self.now, timestamp: ExploreStage.timestamp) }

    /// - Returns: what the machine is to be told of it.
    private mutating func carryOut(_ effects: [VoteEffect]) -> VoteEvent? {
        var written: [JournalEntry] = []
        var number: JournalNumber?
        var appended: BlockIndex?
        for effect in effects {
            switch effect {
            case .journal(let entry, let entryNumber):
                written.append(entry)
                number = entryNumber
            case .append(let final, leafHashes: _):
                appended = final.block.index
                if !self.disk.append(final) {
                    self.fail(
                        Violation(.agreement, "member \(self.place) has two final blocks \(final.block.index)"))
                }
            case .send(let message, to: let destination): self.said.append((message, destination))
            case .sendFinals(from: let index, to: let key): self.sendFinals(from: index, to: key)
            case .found(let evidence):
                if Int(evidence.member) != self.stage.scenario.liar {
                    self.fail(Violation(.evidence, "member \(evidence.member) is accused, and doesn't lie"))
                }
            case .lostVote(let vote):
                self.fail(Violation(.evidence, "member \(self.place) doesn't know its own vote in view \(vote.view)"))
            case .misbehaved(let key, let how):
                if let sender = self.stage.place(of: key) { self.complain(of: sender, "\(how)") }
            case .halted(let index, let error):
                self.fail(Violation(.validity, "member \(self.place) halts at final block \(index): \(error)"))
            case .accept, .compare, .refuse, .acceptChange, .refuseChange, .epochBegan: break
            }
        }
        if let number { self.disk.write(written, last: number, isOfAll: self.stage.isOfAll) }
        // Shown before it is durable here, as a node does it: a quorum has it in its journals.
        if let appended { return .appended(through: appended) }
        if let number, self.stage.bug == .voteBeforeStoring { return .journaled(through: number) }
        guard number != nil, self.syncsAtOnce, let last = self.disk.syncJournal(self.disk.pending.count) else {
            return nil
        }
        if self.crashesLeft == 0 { self.disk.forgetJournal() }
        return .journaled(through: last)
    }

    private var syncsAtOnce: Bool {
        if case .atOnce = self.stage.scenario.syncing { true } else { false }
    }

    private mutating func sendFinals(from index: BlockIndex, to key: PublicKey) {
        let news = self.disk.log.filter { $0.block.index >= index }
        if !news.isEmpty { self.say(.finals(news), to: key) }
    }

    private mutating func complain(of sender: Int, _ how: String) {
        guard sender != self.stage.scenario.liar else { return }
        self.fail(Violation(.evidence, "member \(self.place) says that member \(sender) broke the protocol: \(how)"))
    }

    private mutating func fail(_ violation: Violation) { self.violation = self.violation ?? violation }
}
