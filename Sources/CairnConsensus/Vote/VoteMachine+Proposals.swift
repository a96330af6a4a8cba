package import CairnHash
package import CairnLedger

// Proposals: made when it is this member's turn, checked and voted on when it is another's.
extension VoteMachine {
    // MARK: Making one

    /// Proposes in a view of its own, when there is something to propose.
    package mutating func propose(_ turn: inout Turn) {
        let view = self.round.view
        let waitedUntil = self.round.proposeAgainAt
        self.round.proposeAgainAt = nil
        guard self.votes, self.round.leader(of: view) == self.round.position, !self.hasLostItsTurn else { return }
        let own = self.round.views[view]?.own ?? ViewState.Own()
        guard own.block == nil, !own.hasNullified, let parent = self.round.parent(of: view).found,
            let tip = self.tip(of: parent.hash)
        else { return }
        let isFinal = parent.hash == self.chain.headHash
        let depth = self.blocks.depth(of: parent.hash, from: self.chain.headHash)
        if tip.isEpochEnd && !isFinal || depth >= self.configuration.unfinishedBlocksMax {
            self.proposeAgain(parent, in: view, waitedUntil: waitedUntil, &turn)
        } else if !isFinal, self.gathers(on: tip), let due = self.gatherTime(view, waitedUntil, turn.now) {
            self.round.proposeAgainAt = due
        } else if isFinal, self.change == nil, let due = self.gathering?.due(self.mempool.records, turn.now.instant) {
            self.round.proposeAgainAt = due
        } else if let block = self.makeBlock(on: tip, now: turn.now) {
            self.gathering = nil
            self.blocks.insert(block)
            self.mempool.rotate()
            self.send(block, in: view, on: parent.view, &turn)
        } else if !isFinal, Rule.proposesAgain() {
            self.proposeAgain(parent, in: view, waitedUntil: waitedUntil, &turn)
        }
    }

    /// Whether records wait for the block under way to become final, so that those that its clients send next come along: a
    /// block costs the members the same whatever it holds. Many don't wait: then blocks follow one another without a pause.
    private func gathers(on tip: ChainTip) -> Bool {
        let records = self.mempool.records
        let underWay = Int(clamping: tip.header.treeSize.rawValue - self.chain.head.treeSize.rawValue)
        guard self.change == nil, underWay <= self.configuration.gatherRecordsMax,
            records < self.configuration.gatherRecordsMax + underWay,
            self.mempool.bytes < self.configuration.gatherBytesMax
        else { return false }
        let waiting = records - self.recordsUnderWay(to: tip.hash)
        return 0 < waiting && waiting < self.configuration.gatherRecordsMax
    }

    /// Of the records that wait here, how many stand in blocks that aren't final yet, up to one.
    private func recordsUnderWay(to tip: Digest) -> Int {
        var count = 0
        self.blocks.forEachPlace(upTo: tip, from: self.chain.headHash) { id, place in
            if self.mempool.contains(id) { count += place.count }
        }
        return count
    }

    /// Until when they wait; nil when they have.
    private func gatherTime(_ view: View, _ waitedUntil: Instant?, _ now: Moment) -> Instant? {
        let views = view.rawValue - self.round.baseView.rawValue - 1
        let due = waitedUntil ?? now.instant + self.round.pacemaker.patience(views: views)
        return due > now.instant ? due : nil
    }

    /// Proposes the newest notarised block again: it can become final in this view as well as in its own.
    ///
    /// Not at once, since usually the votes that make it final are on their way.
    private mutating func proposeAgain(
        _ parent: (view: View, hash: Digest), in view: View, waitedUntil: Instant?, _ turn: inout Turn
    ) {
        guard let block = self.blocks[parent.hash] else { return }
        let views = view.rawValue - self.round.baseView.rawValue - 1
        let due = waitedUntil ?? turn.now.instant + self.round.pacemaker.patience(views: views)
        guard due <= turn.now.instant else {
            self.round.proposeAgainAt = due
            return
        }
        self.send(block, in: view, on: parent.view, &turn)
    }

    private mutating func send(_ block: CheckedBlock, in view: View, on parentView: View, _ turn: inout Turn) {
        let proposal = Message.Proposal(
            epoch: self.round.epoch, view: view, parentView: parentView, block: block.block)
        // The others can check it while this member's own sync runs: its vote comes behind that.
        let isRecorded = self.round.recordedView.map { $0.next() >= view } == true
        if !self.isFinalWithAll || Rule.mayProposeEarly(isRecorded: isRecorded) {
            turn.send(.proposal(proposal), to: .members)
        } else {
            self.round.unsentProposal = proposal
        }
        self.journal(.block(block.block), &turn)
        self.cast(self.isFast ? .finalise : .notarise, in: view, block.hash, &turn)
    }

    /// The next block on a tip: records that aren't in the chain yet, and a change of members that waits.
    private func makeBlock(on tip: ChainTip, now: Moment) -> CheckedBlock? {
        let change = self.change?.change
        let batch = self.mempool.selectBlock(beside: change == nil ? 0 : MemberChange.encodedBytesMax) { id in
            self.isRepeated(id, on: tip) && !Rule.mayInclude(isRepeated: true)
        }
        guard !batch.isEmpty || change != nil else { return nil }
        return Self.makeBlock(of: batch, change: change, on: tip, proposer: self.key.publicKey, now: now)
    }

    package static func makeBlock(
        of batch: [Mempool.Waiting], change: MemberChange?, on tip: ChainTip, proposer: PublicKey, now: Moment
    ) -> CheckedBlock {
        var entries = Entries()
        entries.reserveCapacity(
            records: batch.reduce(0) { $0 + $1.submission.entries.count },
            bytes: batch.reduce(0) { $0 + $1.submission.entries.bytes.count })
        var leafHashes: [Digest] = []
        var named: [SubmissionList.Item] = []
        for waiting in batch {
            if let id = waiting.submission.id {
                let end = entries.count + waiting.submission.entries.count
                named.append(SubmissionList.Item(id: id, offsets: entries.count..<end))
            }
            entries.append(contentsOf: waiting.submission.entries)
            leafHashes.append(contentsOf: waiting.submission.leafHashes)
        }
        return tip.makeBlock(
            entries: entries, leafHashes: leafHashes, submissions: named.isEmpty ? nil : SubmissionList(named),
            change: change, proposer: proposer, now: now.timestamp)
    }

    /// Whether an id stands in the chain up to a tip, within the window.
    private func isRepeated(_ id: SubmissionID, on tip: ChainTip) -> Bool {
        let window = self.chain.window
        // The newest place decides: one that has left the window must not hide another that is in a block under way.
        let underWay = self.blocks.place(of: id, upTo: tip.hash, from: self.chain.headHash)
        let place = Rule.looksAtWindowFirst() ? window[id] ?? underWay : underWay ?? window[id]
        return place.map { window.isWithin($0, at: tip.header.treeSize) } ?? false
    }

    /// The end of the chain at a block that is final or was checked.
    package func tip(of hash: Digest) -> ChainTip? {
        hash == self.chain.headHash ? self.chain.tip : self.blocks[hash]?.tip
    }

    // MARK: Another's

    package mutating func receive(
        _ proposal: CheckedMessage.CheckedProposal, from sender: PublicKey, _ turn: inout Turn
    ) {
        let view = proposal.view
        guard self.round.isOpen(view), self.round.position != nil else { return }
        let leader = self.round.leader(of: view)
        let isPassedOn = self.round.key(of: leader) != sender
        guard proposal.vote.map({ Int($0.member) == leader }) ?? !isPassedOn else {
            turn.effects.append(.misbehaved(sender, .proposalOutOfTurn))
            return
        }
        if let vote = proposal.vote { self.receive(vote, &turn) }
        self.round.pacemaker.heard(leader)
        var state = self.round.views[view] ?? ViewState()
        state.leaderWasHeard = true
        // What others pass on is listened to by who gave the view up, and where all members' votes count for something by
        // everybody; yet what the leader says itself comes first.
        let isNews =
            if let known = state.proposal {
                (state.own.hasNullified || known.isPassedOn && !isPassedOn) && !known.says(proposal, from: sender)
            } else {
                !isPassedOn || state.own.hasNullified || self.isFinalWithAll
            }
        if view >= self.round.view, state.own.block == nil, isNews {
            state.proposal = ViewState.Proposal(
                parentView: proposal.parentView, block: proposal.block, vote: proposal.vote, sender: sender,
                isPassedOn: isPassedOn)
        }
        self.round.views[view] = state
        // A late one may be what a certificate is waiting for.
        self.takeBody(proposal.block, &turn)
    }

    /// Votes on the present view's proposal, when all is there that it takes to judge it.
    mutating func voteOnProposal(_ turn: inout Turn) {
        let view = self.round.view
        guard self.votes, let state = self.round.views[view], let proposal = state.proposal, state.own.block == nil
        else { return }
        // In a fast view, those who voted for the block can't take it back, so that those who gave up help to notarise it. Where
        // members may lie, the leader's vote comes with a proposal only from those whom version 0.1 left bound.
        guard self.needsLeaderVote || !state.own.hasNullified || proposal.vote != nil else { return }
        switch proposal.isGood ? .good(nil) : self.judge(proposal, in: view, now: turn.now) {
        case .incomplete:
            return
        case .good(let block):
            if let block {
                self.blocks.insert(block)
                self.adoptOrphans(on: block.hash, &turn)
            }
            self.round.views[view]?.proposal?.isGood = true
            let leaderVote =
                self.needsLeaderVote
                ? state.leaderVote(
                    for: proposal.block.hash, leader: self.round.leader(of: view), kind: self.firstKind)
                : nil
            guard let kind = self.vote(for: proposal, in: view, state.own, hasLeaderVote: leaderVote != nil)
            else { return }
            self.round.views[view]?.proposal = nil
            // The whole block is stored before the vote: a quorum of votes is a quorum of copies.
            self.journal(.block(proposal.block.block), &turn)
            if let leaderVote { self.note(leaderVote: leaderVote, &turn) }
            self.cast(kind, in: view, proposal.block.hash, &turn)
        case .bad(let misbehaviour):
            self.round.views[view]?.proposal = nil
            turn.effects.append(.misbehaved(proposal.sender, misbehaviour))
            // Who passes on what isn't good may be the one who lies.
            if !state.own.hasNullified, !proposal.isPassedOn { self.cast(.nullify, in: view, .zero, &turn) }
        }
    }

    /// What this member says about a good proposal; nil while it says nothing.
    private func vote(
        for proposal: ViewState.Proposal, in view: View, _ own: ViewState.Own, hasLeaderVote: Bool
    ) -> Vote.Kind? {
        guard self.needsLeaderVote else { return .notarise }
        guard hasLeaderVote else {
            // Whoever doesn't count for all needn't be able to show it.
            let mayFollow = self.isFinalWithAll && !own.hasNullified && self.round.lastVotes.isInVain(in: view)
            return mayFollow ? .support : nil
        }
        if self.isFast { return Rule.mayFinalise(hasNullified: own.hasNullified) ? .finalise : .notarise }
        guard own.hasNullified else { return .notarise }
        return self.isBound(by: proposal.block.hash, in: view) ? .support : nil
    }

    private enum Judgement {
        /// With the block, unless it was known before.
        case good(CheckedBlock?)
        case bad(VoteEffect.Misbehaviour)
        /// A certificate or a block is missing that would decide it.
        case incomplete
    }

    private func judge(_ proposal: ViewState.Proposal, in view: View, now: Moment) -> Judgement {
        let block = proposal.block
        // Below the base nothing can be built on: a view that made a block final is never nullified.
        guard proposal.parentView >= self.round.baseView, proposal.parentView < view else { return .incomplete }
        guard let parentHash = self.round.notarised(in: proposal.parentView) else { return .incomplete }
        let isProven = self.round.unproven(after: proposal.parentView, before: view) == nil
        guard Rule.mayPassBy(allNullified: isProven) else { return .incomplete }
        if block.hash == parentHash { return self.tip(of: parentHash) == nil ? .incomplete : .good(nil) }

        guard block.block.header.previousHash == parentHash else {
            return .bad(
                .invalidProposal(.brokenLink(expected: parentHash, found: block.block.header.previousHash)))
        }
        guard block.block.header.proposer == self.round.key(of: self.round.leader(of: view)) else {
            return .bad(.invalidProposal(.proposerNotMember(block.block.header.proposer)))
        }
        guard let tip = self.tip(of: parentHash) else { return .incomplete }
        // Behind the present epoch's last block, the next epoch's members decide.
        guard tip.epoch == self.round.epoch else {
            return .bad(.invalidProposal(.wrongEpoch(expected: tip.epoch, found: block.block.header.epoch)))
        }
        let timestamp = block.block.header.timestamp
        if timestamp > self.latestTimestamp(on: tip, now: now) {
            // For one who doesn't lie it was in time.
            let isVouchedFor = self.isFinalWithAll && self.isBound(by: block.hash, in: view)
            guard isVouchedFor else { return proposal.isPassedOn ? .incomplete : .bad(.timestampAhead(timestamp)) }
        }
        do throws(BlockError) {
            return .good(try self.check(block, on: tip))
        } catch {
            return .bad(.invalidProposal(error))
        }
    }

    /// The latest time that a block behind a tip may have. What its parent has is nobody's fault, whatever this node's clock
    /// says: a leader whose clock is behind repeats it, and nothing else could ever follow on a parent of the future. Only what
    /// goes beyond it is the leader's own.
    private func latestTimestamp(on tip: ChainTip, now: Moment) -> Timestamp {
        max(tip.header.timestamp, now.timestamp.adding(self.configuration.timestampAheadMax))
    }

    /// Every rule of a block behind a tip that isn't final.
    package func check(_ block: HashedBlock, on tip: ChainTip) throws(BlockError) -> CheckedBlock {
        let checked = try tip.check(block, using: self.key.verifier)
        let firstRecord = block.block.firstRecord
        var repeated = self.chain.window.firstRepeated(in: checked.submissions, blockFirstRecord: firstRecord)
        if repeated == nil, tip.hash != self.chain.headHash {
            repeated = checked.submissions?.items.first { self.isRepeated($0.id, on: tip) }?.id
        }
        if let repeated, !Rule.mayInclude(isRepeated: true) { throw .repeatedSubmission(repeated) }
        return checked
    }

    // MARK: Blocks that come by themselves

    /// Takes a block that something is waiting for, with those that waited for it.
    mutating func takeBody(_ block: HashedBlock, _ turn: inout Turn) {
        guard self.blocks[block.hash] == nil, self.isWanted(block.hash) else { return }
        let parent = block.block.header.previousHash
        guard let tip = self.tip(of: parent) else {
            if block.block.header.index > self.chain.head.index { self.blocks.insert(orphan: block) }
            return
        }
        // A quorum's word stands for it, yet nothing goes into the log that this node can't vouch for.
        guard let checked = try? self.check(block, on: tip) else { return }
        self.blocks.insert(checked)
        self.adoptOrphans(on: block.hash, &turn)
    }

    mutating func adoptOrphans(on parent: Digest, _ turn: inout Turn) {
        var parents = [parent]
        while let next = parents.popLast() {
            while let orphan = self.blocks.takeOrphan(on: next), let tip = self.tip(of: next) {
                guard let checked = try? self.check(orphan, on: tip) else { continue }
                self.blocks.insert(checked)
                parents.append(orphan.hash)
            }
        }
    }
}
