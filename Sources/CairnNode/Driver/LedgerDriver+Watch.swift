internal import CairnConsensus
internal import CairnLedger
internal import CairnStore
internal import Dispatch
internal import Logging
internal import NIOCore

// What is looked at twice a second: who is there, what waits too long, and whether a full disk has room again.
extension LedgerDriver {
    private static let watchInterval = TimeAmount.milliseconds(500)

    func beginWatch() {
        self.watch = self.loop.scheduleRepeatedTask(
            initialDelay: Self.watchInterval, delay: Self.watchInterval
        ) { [weak self] _ in self?.lookAround() }
    }

    private func lookAround() {
        guard !self.hasFailed, !self.isClosed else { return }
        self.noteProgress()
        self.lookForQuorum()
        self.lookForRoom()
        self.finishTurn()
        self.reports.looked()
    }

    // MARK: Others

    /// Whether this node's own vote counts.
    var votes: Bool { self.machine.votes }

    /// Who waits while too few members are there is told so, instead of being left to wait for its deadline.
    func lookForQuorum() {
        guard !self.isAlone, self.links != nil else {
            self.quorumView = nil
            self.missingQuorum = nil
            return
        }
        let now = Moment.now().instant
        self.presence.look(votes: self.votes, now: now)
        let power = self.presence.power(votes: self.votes, now: now)
        let isThere = self.presence.hasQuorum(votes: self.votes, now: now)
        let isKnownMissing = self.presence.isKnownMissing(votes: self.votes, now: now)
        if isThere { self.hasHadQuorum = true }
        self.quorumView = ReadinessSituation.Quorum(
            power: power, isThere: isThere, isStarting: !self.hasHadQuorum && !isKnownMissing)
        self.missingQuorum = isKnownMissing ? power : nil
        guard isKnownMissing else { return }
        // Whoever is told reads the same in the node's readiness.
        self.publishStatus()
        for ticket in self.waiting.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            self.answer(ticket, .failure(.quorumLost(power)))
        }
        for ticket in self.changeWaiting.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            self.answer(change: ticket, .failure(.quorumLost(power)))
        }
    }

    /// Whether records wait and none becomes final, though the members are there.
    private func noteProgress() {
        let (now, head) = (Moment.now().instant, self.store.head.index)
        let hasGrown = head > self.lastHead
        self.lastHead = head
        // What is copied says nothing about whether anybody decides now.
        if hasGrown, !self.catchUp.progress.isRunning { self.presence.grew(now: now) }
        let waits = !self.isAlone && (self.machine.waitingRecords > 0 || !self.changeWaiting.isEmpty)
        self.stalledSince = waits && !hasGrown ? self.stalledSince ?? now : nil
        self.stalledFor = self.stalledSince.map { now.since($0) } ?? .zero
    }

    /// Why a submission can't be taken now: it is known that it would not become final soon, and nothing is begun with it.
    /// Nil where it can, also where the ledger has it, which can be told at any time.
    func refusal(of submission: Submission) -> AppendError? {
        guard self.missingQuorum != nil || !self.full.isEmpty, !self.isAlone else { return nil }
        let id = submission.id
        if let id, self.machine.chain.window[id] != nil { return nil }
        let isUnderWay = id.map { self.machine.mempool.contains($0) } ?? false
        if let missingQuorum { return isUnderWay ? .quorumLost(missingQuorum) : .noQuorum(missingQuorum) }
        // Others would make it final, and this node could not show it: an only member finds out by writing.
        return isUnderWay ? nil : .noSpace
    }

    // MARK: The disk

    /// The file that the disk has no room for.
    var fullFile: String? { self.full.values.sorted().first }

    func noteFull(_ file: String, for user: DiskUser) {
        if self.full.isEmpty {
            self.logger.warning("the disk is full: no record is taken", metadata: ["file": "\(file)"])
        }
        self.full[user] = file
        // Whoever is told reads the same in the node's readiness.
        self.publishStatus()
    }

    func noteRoom(for user: DiskUser) {
        guard self.full.removeValue(forKey: user) != nil, self.full.isEmpty else { return }
        self.logger.notice("there is room on the disk again: records are taken")
    }

    /// What waits for room is tried again by itself. Where nothing waits, since whoever came was told, a file is made
    /// and removed again: nobody may come as long as this node says that it is full.
    private func lookForRoom() {
        guard !self.full.isEmpty, self.isStored, !self.isLookingForRoom else { return }
        self.isLookingForRoom = true
        let (disk, bytes) = (self.store.disk, self.roomWanted)
        self.servingQueue.async {
            self.post(.room(RoomProbe.finds(bytes, on: disk)))
        }
    }

    func foundRoom(_ isFound: Bool) {
        self.isLookingForRoom = false
        guard isFound else { return }
        for user in DiskUser.allCases { self.noteRoom(for: user) }
    }
}

/// Who writes to the disk.
enum DiskUser: CaseIterable {
    case journal
    case log
}
