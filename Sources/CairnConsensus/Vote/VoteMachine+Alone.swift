internal import CairnHash
internal import CairnLedger

// A ledger with one member: whatever it stores is final.
extension VoteMachine {
    /// Makes the next block of what waits, unless one is on its way.
    mutating func writeAlone(_ turn: inout Turn) {
        guard self.storing == nil, self.change != nil || !self.mempool.isEmpty else { return }
        let batch = self.mempool.selectBlock(beside: self.change == nil ? 0 : MemberChange.encodedBytesMax)
        let block = Self.makeBlock(
            of: batch, change: self.change?.change, on: self.chain.tip, proposer: self.key.publicKey, now: turn.now)
        self.mempool.rotate()
        self.storing = Storing(block: block, batch: batch, changeTickets: self.change?.tickets ?? [])
        self.change = nil
        turn.effects.append(
            .append(
                FinalBlock(block: block.block, certificate: self.certificate(for: block)),
                leafHashes: block.leafHashes))
    }

    /// The only member's finalise vote is a quorum. View n is that of block n.
    private func certificate(for block: CheckedBlock) -> Certificate {
        let vote = Vote(
            chain: self.chain.chain, epoch: self.round.epoch, view: View(rawValue: block.block.index.rawValue),
            kind: .finalise, blockHash: block.hash)
        let signature = self.key.sign(vote.message)
        return Certificate(
            epoch: vote.epoch, view: vote.view, blockHash: vote.blockHash,
            votes: [Certificate.MemberSignature(member: 0, signature: signature)])
    }

    mutating func finishStoring(_ turn: inout Turn) {
        guard let storing = self.storing else { preconditionFailure("no block is being stored") }
        self.storing = nil
        self.chain.advance(to: storing.block)
        self.shownHead = BlockName(index: storing.block.block.index, hash: storing.block.hash)
        var next = storing.block.block.firstRecord
        var acceptances: [VoteEffect.Acceptance] = []
        acceptances.reserveCapacity(storing.batch.count)
        for stored in storing.batch {
            let count = stored.submission.entries.count
            // Callers may have joined since the block was made.
            if let waiting = self.mempool.remove(number: stored.number), !waiting.tickets.isEmpty {
                acceptances.append(
                    VoteEffect.Acceptance(
                        tickets: waiting.tickets, place: SubmissionWindow.Place(firstRecord: next, count: count)))
            }
            next = next + count
        }
        let header = storing.block.block.header
        if !acceptances.isEmpty {
            turn.effects.append(.accept(acceptances, in: header, hash: storing.block.hash))
        }
        for ticket in storing.changeTickets {
            turn.effects.append(.acceptChange(ticket, in: header, hash: storing.block.hash))
        }
        self.beginEpochIfDue(&turn)
    }

    /// The disk is full: those who wait for this block are told, and the next ones may find room.
    mutating func giveUpStoring(_ turn: inout Turn) {
        guard let storing = self.storing else { preconditionFailure("no block is being stored") }
        self.storing = nil
        let tickets = storing.batch.flatMap { self.mempool.remove(number: $0.number)?.tickets ?? [] }
        turn.effects.append(.refuse(tickets, .noSpace))
        for ticket in storing.changeTickets { turn.effects.append(.refuseChange(ticket, .noSpace)) }
    }
}
