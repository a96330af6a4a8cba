import CairnConsensus
import CairnHash
import CairnLedger

// What a liar may say. It has no state: all of it may arrive anywhere at any time, or never.
extension ExploreStage {
    /// What a script has ready from the beginning.
    func packets(of script: LiarScript) -> [ExploredPacket] {
        guard let liar = self.scenario.liar else { return [] }
        return script.lies.flatMap { lie, receivers in
            let message = self.message(lie, liar)
            return receivers.map { ExploredPacket(sender: liar, receiver: $0, message: message) }
        }
    }

    private func message(_ lie: LiarScript.Lie, _ liar: Int) -> Message {
        switch lie {
        case .block(let number):
            let block = self.blocks[number]
            return .proposal(
                Message.Proposal(
                    epoch: 0, view: 1, parentView: 0, block: block.block,
                    vote: self.vote(self.firstKind, view: 1, block.hash, by: liar)))
        case .vote(let kind, let block):
            return .vote(self.vote(kind, view: 1, block.map { self.blocks[$0].hash } ?? .zero, by: liar))
        }
    }

    /// Of a vote that comes with a proposal.
    private var firstKind: Vote.Kind { self.isFinalWithAll(in: 0) ? .notarise : .finalise }

    private func vote(_ kind: Vote.Kind, view: View, _ hash: Digest, by member: Int) -> SignedVote {
        let vote = Vote(chain: self.genesis.chain, epoch: 0, view: view, kind: kind, blockHash: hash)
        return SignedVote(vote, member: UInt16(member), signature: self.keys[member].sign(vote.message))
    }

    /// What the liar may make of something that it hears: votes of each kind for a block that is proposed, and, where it leads the
    /// view after that, the block once more, one on it, and one beside it.
    func answers(to packet: ExploredPacket) -> [ExploredPacket] {
        guard let liar = self.scenario.liar, packet.receiver == liar, case .proposal(let heard) = packet.message,
            heard.vote == nil, heard.epoch == 0
        else { return [] }
        let hashed = HashedBlock(heard.block)
        let kinds: [Vote.Kind] =
            self.isFinalWithAll(in: 0) ? [.notarise, .finalise, .support] : [.notarise, .finalise]
        var messages: [Message] = kinds.map {
            .vote(self.vote($0, view: heard.view, hashed.hash, by: liar))
        }
        messages.append(.vote(self.vote(.nullify, view: heard.view, .zero, by: liar)))
        let next = heard.view.next()
        if LeaderSchedule(self.genesis.members).leader(of: next) == liar, heard.block.index == 1,
            let checked = try? self.genesis.tip.check(hashed, using: self.keys[liar].verifier)
        {
            let key = self.keys[liar].publicKey
            let last = self.submissions[self.submissions.count - 1]
            let on = Self.block(of: [last], on: checked.tip, by: key)
            let proposals = [(heard.view, checked), (heard.view, on), (0, self.blocks[0])]
            messages += proposals.map { parent, block in
                .proposal(
                    Message.Proposal(
                        epoch: 0, view: next, parentView: parent, block: block.block,
                        vote: self.vote(self.firstKind, view: next, block.hash, by: liar)))
            }
        }
        return messages.flatMap { message in
            self.scenario.honest.map { ExploredPacket(sender: liar, receiver: $0, message: message) }
        }
    }
}
