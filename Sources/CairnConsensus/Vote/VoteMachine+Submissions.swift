internal import CairnHash
package import CairnLedger

// Records and changes of members on their way into a block, and the answers to those who handed them in.
extension VoteMachine {
    package mutating func submit(
        _ submissions: [(submission: Submission, client: ClientID, ticket: Ticket)], _ turn: inout Turn
    ) {
        var forwarded: [Submission] = []
        for (submission, client, ticket) in submissions {
            if let id = submission.id, let place = self.chain.window[id] {
                // What is final is shown when it is in the log, and so is what it is compared with.
                self.show(.compare(submission, ticket, place), after: self.chain.head.index, &turn)
                continue
            }
            let named = submission.id == nil && !self.isAlone ? submission.named(self.makeID()) : submission
            switch self.mempool.add(named, from: .client(client), ticket: ticket) {
            case .added: forwarded.append(named)
            case .joined: break
            case .idReused: turn.effects.append(.refuse([ticket], .idReused))
            case .full: turn.effects.append(.refuse([ticket], .queueFull))
            }
        }
        if !forwarded.isEmpty, !self.isAlone { self.forward(forwarded, &turn) }
    }

    /// To the member whose turn comes, or to all at once when there is much of it.
    private mutating func forward(_ submissions: [Submission], _ turn: inout Turn) {
        guard self.round.position != nil, self.mempool.records <= Forwarding.recordsMax else {
            turn.send(.submissions(submissions), to: .members)
            return
        }
        let view = self.nextView
        for submission in submissions { if let id = submission.id { self.forwarding.add(id, view: view) } }
        self.send(submissions, toLeaderOf: view, &turn)
    }

    private func send(_ submissions: [Submission], toLeaderOf view: View, _ turn: inout Turn) {
        let leader = self.round.leader(of: view)
        guard leader != self.round.position, !submissions.isEmpty else { return }
        turn.send(.submissions(submissions), to: .node(self.round.key(of: leader)))
    }

    /// The view whose leader may still propose what it hears of now.
    private var nextView: View {
        let view = self.round.view
        guard let state = self.round.views[view] else { return view }
        let isOver = state.proposal != nil || state.own.block != nil || state.own.hasNullified
        return isOver ? view.next() : view
    }

    /// Sends on what the leaders before left out.
    mutating func forwardLeftOut(_ turn: inout Turn) {
        let view = self.nextView
        guard self.forwarding.isDue(view) else { return }
        let state = self.round.views[self.round.view]
        var tip = state?.own.block
        if tip == nil, let proposal = state?.proposal, state?.own.hasNullified == false {
            // What a block leaves out is known when it was judged, be it voted for or not yet.
            guard proposal.isGood else { return }
            tip = proposal.block.hash
        }
        tip = tip ?? self.round.parent(of: self.round.view).found?.hash
        var leftOut: [Submission] = []
        for (id, sentView) in self.forwarding.takeAll() {
            guard let waiting = self.mempool[id] else { continue }
            self.forwarding.add(id, view: view)
            if sentView < view, tip.flatMap({ self.blocks.place(of: id, upTo: $0, from: self.chain.headHash) }) == nil {
                leftOut.append(waiting.submission)
            }
        }
        self.send(leftOut, toLeaderOf: view, &turn)
    }

    /// Sends to all what only one leader was told of: it may be gone, and the others give its view up only when they have
    /// something to wait for.
    mutating func forwardToAll(_ turn: inout Turn) {
        let submissions = self.forwarding.takeAll().compactMap { self.mempool[$0.id]?.submission }
        if !submissions.isEmpty { turn.send(.submissions(submissions), to: .members) }
    }

    package mutating func receive(_ submissions: [Submission], from sender: PublicKey) {
        // Who never proposes would keep those of a node that is gone for good.
        guard self.round.position != nil, self.hasVote else { return }
        for submission in submissions {
            guard let id = submission.id, self.chain.window[id] == nil else { continue }
            // One that doesn't fit comes again: the node that answers for it sends it until it is final.
            _ = self.mempool.add(submission, from: .node(sender), ticket: nil)
        }
    }

    /// Sends what callers of this node still wait for once more.
    func forwardAgain(_ turn: inout Turn) {
        guard !self.isAlone else { return }
        var batch: [Submission] = []
        var bytes = 0
        for waiting in self.mempool.own {
            bytes += waiting.submission.entries.bytes.count
            guard batch.isEmpty || bytes <= Limits.blockBytesMax else { break }
            batch.append(waiting.submission)
        }
        if !batch.isEmpty { turn.send(.submissions(batch), to: .members) }
        if let change { turn.send(.change(change.change), to: .members) }
    }

    private mutating func makeID() -> SubmissionID {
        defer { self.idsMade += 1 }
        return SubmissionID(seed: self.idSeed, number: self.idsMade)
    }

    /// In a ledger with several members each submission has an id.
    mutating func nameSubmissions() {
        let seed = self.idSeed
        var made = self.idsMade
        self.mempool.nameAll {
            defer { made += 1 }
            return SubmissionID(seed: seed, number: made)
        }
        self.idsMade = made
    }

    // MARK: Answers

    /// Shows something when the log reaches a block: at once, if it does.
    private mutating func show(_ effect: VoteEffect, after index: BlockIndex, _ turn: inout Turn) {
        if index <= self.shownHead.index {
            turn.effects.append(effect)
        } else {
            self.outbox.hold(effect, until: index)
        }
    }

    /// Prepares the answers to all whose submissions are in a block.
    package mutating func answer(_ block: CheckedBlock, _ turn: inout Turn) {
        let index = block.block.index
        var acceptances: [VoteEffect.Acceptance] = []
        for item in block.submissions?.items ?? [] {
            guard let waiting = self.mempool.remove(item.id), !waiting.tickets.isEmpty else { continue }
            // Another node may have taken other records under the same id, and been first.
            if waiting.submission.leafHashes.elementsEqual(block.leafHashes[item.offsets]) {
                acceptances.append(
                    VoteEffect.Acceptance(tickets: waiting.tickets, place: block.block.place(of: item)))
            } else {
                self.outbox.hold(.refuse(waiting.tickets, .idReused), until: index)
            }
        }
        if !acceptances.isEmpty {
            self.outbox.hold(.accept(acceptances, in: block.block.header, hash: block.hash), until: index)
        }
        if let change, let made = block.change {
            self.change = nil
            for ticket in change.tickets {
                self.outbox.hold(
                    change.change == made
                        ? .acceptChange(ticket, in: block.block.header, hash: block.hash)
                        : .refuseChange(ticket, .otherChange), until: index)
            }
        }
    }

    /// Blocks are in the log: what waited for them is shown.
    mutating func show(through index: BlockIndex, _ turn: inout Turn) {
        while let next = self.unshown.first, next.index <= index {
            self.shownHead = next
            self.unshown.removeFirst()
        }
        if let storing, storing.block.block.index <= index { self.finishStoring(&turn) }
        precondition(index <= self.chain.head.index, "only what was handed out is appended")
        turn.effects.append(contentsOf: self.outbox.takeAnswers(through: index))
        self.tellFollowers(&turn)
    }

    // MARK: Changes of members

    package mutating func submit(_ change: MemberChange, ticket: Ticket, _ turn: inout Turn) {
        let present = self.chain.present
        guard change.epoch == self.round.epoch, present.epoch == self.round.epoch else {
            turn.effects.append(.refuseChange(ticket, .otherChange))
            return
        }
        do throws(MemberChangeError) {
            try change.checkJoiningKeys(present: self.round.members)
            try change.verify(present: present, using: self.key.verifier)
        } catch {
            turn.effects.append(.refuseChange(ticket, .invalid(error)))
            return
        }
        if let waiting = self.change, waiting.change != change {
            turn.effects.append(.refuseChange(ticket, .otherChange))
            return
        }
        self.change = (change, (self.change?.tickets ?? []) + [ticket])
        if !self.isAlone { turn.send(.change(change), to: .members) }
    }

    package mutating func receive(_ change: MemberChange) {
        guard self.round.position != nil, change.epoch == self.round.epoch, self.change == nil else { return }
        self.change = (change, [])
    }
}
