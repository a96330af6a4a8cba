internal import CairnHash
internal import CairnLedger

// All that a vote machine remembers, as bytes: for whoever has to know whether two machines of one member are in the same state.
// A test compares the fields of these types with a list: a new field has to be written here, or be named below with a reason.
//
// Left out:
// - `key`, `configuration`, `idSeed`; a round's `schedule` and `position`; a pacemaker's limits: they are the
//   member's, or follow from the members.
// - of the chain all but its newest block's hash, which stands for all before it; of blocks all but their hashes.
// - tallies' powers and the mempool's sums and tables: they follow from the votes and submissions.
// - numbers of journal entries and of submissions but for their order: nothing else is done with them.
extension VoteMachine {
    package func encodeState(into encoder: inout StateEncoder) {
        encoder.add(self.idsMade)
        encoder.add(self.hasVote)
        encoder.add(self.chain.headHash)
        encoder.add(self.shownHead.hash)
        encoder.add(self.unshown.count)
        for name in self.unshown { encoder.add(name.hash) }
        self.round.encodeState(into: &encoder)
        self.blocks.encodeState(into: &encoder)
        self.mempool.encodeState(into: &encoder)
        encoder.add(self.change) { encoder, change in
            encoder.add(
                MemberChange.message(
                    chain: .zero, epoch: change.change.epoch, next: change.change.next, settings: change.change.settings
                ))
            encoder.add(change.tickets.map(\.rawValue))
        }
        encoder.add(self.forwarding.sent.count)
        for (id, view) in self.forwarding.sent {
            encoder.add(id.bytes)
            encoder.add(view.rawValue)
        }
        encoder.add(self.isCatchingUp)
        encoder.add(self.isHalted)
        encoder.add(self.storing) { encoder, storing in
            encoder.add(storing.block.hash)
            encoder.add(storing.batch.map(\.number))
            encoder.add(storing.changeTickets.map(\.rawValue))
        }
        encoder.add(self.equivocations.flatMap { [$0.first, $0.second] })
        self.outbox.encodeState(into: &encoder)
        self.asking.encodeState(into: &encoder)
        self.neighbours.encodeState(into: &encoder)
        encoder.add(self.voteLeft) { encoder, left in
            encoder.add(left.view.rawValue)
            encoder.add(self.mempool.recordsTaken - left.recordsTaken)
        }
        encoder.add(self.gathering) { encoder, gathering in
            encoder.add(gathering.records)
            encoder.add(gathering.end)
        }
        encoder.add(self.laterMemory)
        encoder.add(self.target) { encoder, target in
            encoder.add(target.certificate)
            encoder.add(target.sender) { $0.add($1) }
        }
    }
}

extension StateEncoder {
    fileprivate mutating func add(_ numbers: [UInt64]) {
        self.add(numbers.count)
        for number in numbers { self.add(number) }
    }

    fileprivate mutating func add(_ text: [UInt8]) { self.add(Digest(hashing: text)) }
}

extension Outbox {
    fileprivate func encodeState(into encoder: inout StateEncoder) {
        encoder.add(self.votes.count)
        for (number, vote) in self.votes {
            encoder.add(number.rawValue, from: self.lastNumber.rawValue)
            encoder.add(vote)
        }
        encoder.add(self.answers.count)
        for (index, effect) in self.answers {
            encoder.add(index.rawValue)
            encoder.add(effect.answeredTickets.map(\.rawValue))
        }
    }
}

extension VoteEffect {
    /// Who gets an answer; what it is follows from the ledger.
    fileprivate var answeredTickets: [Ticket] {
        switch self {
        case .accept(let acceptances, in: _, hash: _): acceptances.flatMap(\.tickets)
        case .compare(_, let ticket, _), .acceptChange(let ticket, in: _, hash: _), .refuseChange(let ticket, _):
            [ticket]
        case .refuse(let tickets, _): tickets
        default: []
        }
    }
}

extension Mempool {
    fileprivate func encodeState(into encoder: inout StateEncoder) {
        encoder.add(self.turns.count)
        for source in self.turns {
            encoder.add(source)
            let numbers = (self.queues[source]?.numbers ?? []).filter { self.waiting[$0] != nil }
            encoder.add(numbers.count)
        }
        let numbers = self.waiting.keys.sorted()
        encoder.add(numbers.count)
        for number in numbers {
            guard let waiting = self.waiting[number] else { continue }
            encoder.add(waiting.source)
            encoder.add(waiting.submission.id) { $0.add($1.bytes) }
            for hash in waiting.submission.leafHashes { encoder.add(hash) }
            encoder.add(waiting.tickets.map(\.rawValue))
        }
    }
}

extension StateEncoder {
    fileprivate mutating func add(_ source: Mempool.Source) {
        switch source {
        case .client(let client): self.add(client.rawValue)
        case .node(let key): self.add(key)
        }
    }
}
