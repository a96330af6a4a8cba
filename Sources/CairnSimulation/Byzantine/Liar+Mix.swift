import CairnConsensus
import CairnHash
import CairnLedger

/// A member that votes for anything with any kind, to anybody, and makes certificates of what it heard.
extension Liar {
    private static let votesMax = 96

    /// What somebody said in a view, to say something about the same, or to put it together with other things.
    func mix(_ message: Message, _ directory: Directory, _ sendings: inout [Sending]) {
        switch message {
        case .proposal(let proposal):
            self.sayAnything(
                about: [proposal.block.header.hash, proposal.block.header.previousHash], epoch: proposal.epoch,
                view: proposal.view, directory, &sendings)
        case .vote(let vote):
            self.keep(vote)
            if self.draw.chance(perMille: 60) {
                self.sayAnything(about: [vote.blockHash], epoch: vote.epoch, view: vote.view, directory, &sendings)
            }
            if self.draw.chance(perMille: 60) { self.combine(directory, &sendings) }
        case .certificate(let certificate):
            for signed in certificate.votes { self.keep(certificate.vote(of: signed, chain: self.chain)) }
        default: break
        }
    }

    private func keep(_ vote: SignedVote) {
        if self.votes.count < Self.votesMax {
            self.votes.append(vote)
        } else {
            self.votes[self.draw.below(Self.votesMax)] = vote
        }
    }

    /// Up to six votes in one view: of all kinds, `resolve` among them, which means nothing any more, and for all blocks that it
    /// knows of and one that nobody has.
    private func sayAnything(
        about named: [Digest], epoch: Epoch, view: View, _ directory: Directory, _ sendings: inout [Sending]
    ) {
        let head = self.finalBlocks.suffix(1).map(\.block.header.hash)
        let hashes = named + head + [Digest(hashing: self.draw.bytes(8))]
        let place = CastPlace(epoch: epoch, view: view)
        for _ in 0..<self.draw.within(1...6) {
            let kind = Vote.Kind.allCases[self.draw.below(Vote.Kind.allCases.count)]
            // One of twenty has a hash that doesn't fit its kind, which anybody sees.
            let fits = self.draw.chance(perMille: 950)
            let block = self.draw.choose(hashes) ?? .zero
            let hash = (kind == .nullify) == fits ? Digest.zero : block
            guard let vote = self.vote(kind, hash, epoch: epoch, view: view) else { return }
            let targets = self.some(of: self.everybody(directory))
            guard !targets.isEmpty else { continue }
            self.done.note(kind, hash, in: place)
            self.tell(vote, to: targets, &sendings)
        }
    }

    /// A certificate of votes of different members, of which some said something else. Honest members refuse it, unless all
    /// of them said the same by chance: then it is true.
    private func combine(_ directory: Directory, _ sendings: inout [Sending]) {
        guard let first = self.draw.choose(self.votes) else { return }
        var chosen: [UInt16: SignedVote] = [:]
        for vote in self.draw.mix(self.votes) where vote.epoch == first.epoch {
            if vote.view == first.view || self.draw.chance(perMille: 200) { chosen[vote.member] = vote }
        }
        let kind = self.draw.chance(perMille: 500) ? first.kind : self.draw.choose(Vote.Kind.allCases) ?? first.kind
        let hash = kind == .nullify ? Digest.zero : first.blockHash
        if let own = self.signedVote(kind, hash, epoch: first.epoch, view: first.view) { chosen[own.member] = own }
        let votes = chosen.values.sorted { $0.member < $1.member }
        func isSupport(_ vote: SignedVote) -> Bool { kind == .notarise && vote.kind == .support }
        if votes.contains(where: { vote in
            vote.kind != kind && !isSupport(vote) || vote.blockHash != hash || vote.view != first.view
        }) {
            self.done.certificatesOfOthers += 1
        }
        let certificate = Certificate(
            kind: kind, epoch: first.epoch, view: first.view, blockHash: hash,
            votes: votes.map {
                Certificate.MemberSignature(member: $0.member, signature: $0.signature, isSupport: isSupport($0))
            })
        self.tell(.certificate(certificate), to: self.some(of: self.everybody(directory)), &sendings)
    }
}
