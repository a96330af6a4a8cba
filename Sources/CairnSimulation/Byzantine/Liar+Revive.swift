import CairnConsensus
import CairnHash
import CairnLedger

/// A leader that proposes again what is final already: the head, an older block, or one that became final in an earlier view.
extension Liar {
    /// In place of what its machine proposes. It votes for what it proposed.
    func revive(_ message: Message, to targets: [Int], _ sendings: inout [Sending]) {
        switch message {
        case .proposal(let proposal) where self.draw.chance(perMille: 600):
            let again = self.finalBlockAgain(in: proposal)
            self.revived[CastPlace(epoch: again.epoch, view: again.view)] = again.block.header.hash
            self.done.finalBlocksProposed += 1
            self.tell(.proposal(self.signed(again)), to: targets, &sendings)
        case .vote(let vote) where vote.kind == .notarise:
            guard let hash = self.revived[CastPlace(epoch: vote.epoch, view: vote.view)],
                let other = self.vote(.notarise, hash, epoch: vote.epoch, view: vote.view)
            else { return self.tell(message, to: targets, &sendings) }
            self.tell(other, to: targets, &sendings)
        default:
            self.tell(message, to: targets, &sendings)
        }
    }

    /// When nobody wants anything and no view goes on, its turn would last: it proposes something final then, too.
    func reviveUnasked(_ directory: Directory, _ sendings: inout [Sending]) {
        let view = self.view
        let here = CastPlace(epoch: self.epoch, view: view)
        guard let place = self.place, LeaderSchedule(self.members).leader(of: view) == Int(place),
            self.revived[here] == nil, self.draw.chance(perMille: 100), let last = self.finalBlocks.last
        else { return }
        let parentView = last.certificate?.epoch == self.epoch ? last.certificate?.view : nil
        let again = self.finalBlockAgain(
            in: Message.Proposal(
                epoch: self.epoch, view: view, parentView: parentView ?? View(rawValue: 0), block: last.block))
        let hash = again.block.header.hash
        self.revived[here] = hash
        self.done.finalBlocksProposed += 1
        self.tell(.proposal(again), to: self.everybody(directory), &sendings)
        if let vote = self.vote(.notarise, hash, epoch: again.epoch, view: view) {
            self.tell(vote, to: self.everybody(directory), &sendings)
        }
    }

    /// Says alone that it voted in this view for what is final already, as one does who knew no better and is bound by it now.
    func claimToBeBound(_ directory: Directory, _ sendings: inout [Sending]) {
        let here = CastPlace(epoch: self.epoch, view: self.view)
        guard self.isFinalWithAll, !self.claimed.contains(here), self.draw.chance(perMille: 100),
            let last = self.finalBlocks.last,
            let vote = self.vote(.notarise, last.block.header.hash, epoch: self.epoch, view: self.view)
        else { return }
        self.claimed.insert(here)
        self.done.claims += 1
        self.tell(vote, to: self.everybody(directory), &sendings)
    }

    /// A final block for a proposal's view. Only the head, on the view that made it final, may be voted for.
    private func finalBlockAgain(in proposal: Message.Proposal) -> Message.Proposal {
        let blocks = self.finalBlocks
        let final = blocks[self.draw.chance(perMille: 500) ? blocks.count - 1 : self.draw.below(blocks.count)]
        var again = proposal
        again.block = final.block
        switch self.draw.below(4) {
        case 0: break
        case 1: again.parentView = View(rawValue: self.draw.below(max(proposal.view.rawValue, 1)))
        default:
            if let certificate = final.certificate, certificate.epoch == proposal.epoch,
                certificate.view < proposal.view
            {
                again.parentView = certificate.view
            }
        }
        return again
    }
}
