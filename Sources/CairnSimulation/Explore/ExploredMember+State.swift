import CairnConsensus
import CairnHash
import CairnLedger

extension ExploredMember {
    /// What tells two states of this member apart, but for what it said.
    ///
    /// - What is due later than all views may last is never reached, so that it is all the same when.
    /// - The order of the journal's entries doesn't matter where nobody lies: what a member takes from it is the highest of some
    ///   views, and one thing a view and kind.
    /// - The journal and what of the log is durable are read after a crash alone: without one to come they are left out.
    func encodeState(into encoder: inout StateEncoder) {
        self.machine.encodeState(into: &encoder)
        if self.isWithinViews { encoder.add(self.viewBegan) }
        encoder.add(self.crashesLeft)
        let disk = self.disk
        encoder.add(disk.pending.count)
        for group in disk.pending {
            encoder.add(group.last.rawValue &- (disk.pending.last?.last.rawValue ?? 0))
            guard self.crashesLeft > 0 else { continue }
            for digest in group.digests { encoder.add(digest) }
        }
        encoder.add(disk.shown.count)
        for final in disk.shown { encoder.add(final.block.header.hash) }
        encoder.add(disk.log.count)
        if self.crashesLeft > 0 {
            for digest in disk.journalDigests.sorted() { encoder.add(digest) }
            encoder.add(disk.logDurable)
            encoder.add(disk.logDigest)
        }
        encoder.add(self.violation != nil)
    }

    /// Where its view is past those that are explored, the clock stands still, and all that was due is done.
    var encoderBounds: StateEncoder.Bounds {
        StateEncoder.Bounds(
            horizon: self.stage.scenario.time, isTimeless: !self.isWithinViews,
            hasAlikeQuorums: !self.stage.scenario.hasRequests)
    }

    /// Whether this member's view is one that is explored.
    private var isWithinViews: Bool {
        let views = self.stage.scenario.views
        let epoch = Int(self.machine.epoch.rawValue)
        return epoch < views.count && self.machine.view.rawValue <= views[epoch]
    }

    /// Whether the clock may go on within the bounds.
    var mayWait: Bool {
        guard let wakeUp = self.machine.wakeUp, self.isWithinViews else { return false }
        return wakeUp <= self.viewBegan + self.stage.scenario.viewTime
    }

    /// Whether the disk comes first.
    var isBusy: Bool {
        guard case .next = self.stage.scenario.syncing else { return false }
        return !self.disk.pending.isEmpty
    }

    /// Everything that may happen now, but what it may hear.
    var ownEvents: [ExploredEvent] {
        var events: [ExploredEvent] = self.mayWait && !self.isBusy ? [.time] : []
        let disk = self.disk
        switch self.stage.scenario.syncing {
        case .atOnce: break
        case .next: if self.isBusy { events.append(.syncJournal(disk.pending.count)) }
        case .apart:
            events += disk.pending.indices.map { .syncJournal($0 + 1) }
            if disk.logDurable < disk.log.count, self.crashesLeft > 0 { events.append(.syncLog) }
        }
        guard self.crashesLeft > 0 else { return events }
        for entries in 0...disk.pendingEntries {
            events += disk.logsAfterCrash.map { .crash(entries: entries, log: $0) }
        }
        if self.journalToKeep != nil { events.append(.trim) }
        return events
    }

    /// - Parameter packet: finds a packet by its number.
    mutating func happen(_ event: ExploredEvent, packet: (UInt32) -> ExploredPacket) {
        switch event.kind {
        case .take:
            let packet = packet(event.argument)
            self.take(packet.message, from: packet.sender)
        case .time: self.timeReached()
        case .syncJournal:
            if case .next = self.stage.scenario.syncing { self.syncLog() }
            self.syncJournal(Int(event.argument))
        case .syncLog: self.syncLog()
        case .crash: self.crash(keepingEntries: Int(event.argument >> 8), log: Int(event.argument & 255))
        case .trim: self.trimAndCrash()
        }
    }

    /// Who gets what this member says.
    func receivers(of destination: VoteEffect.Destination) -> [Int] {
        self.stage.keys.indices.filter { other in
            let key = self.stage.keys[other].publicKey
            return switch destination {
            case _ where other == self.place: false
            case .everybody: true
            case .members: self.machine.members.position(of: key) != nil
            case .node(let node): node == key
            }
        }
    }
}
