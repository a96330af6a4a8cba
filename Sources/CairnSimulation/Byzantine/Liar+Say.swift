import CairnConsensus
import CairnHash
import CairnLedger

/// What each kind of liar makes of what its machine wants said.
extension Liar {
    func say(
        _ message: Message, to targets: [Int], at time: WorldTime, _ directory: Directory,
        _ sendings: inout [Sending]
    ) {
        switch self.kind {
        case .equivocatingLeader:
            self.equivocate(message, to: targets, &sendings)
        case .rewriter:
            self.rewrite(message, to: targets, &sendings)
        case .doubleVoter:
            self.tell(message, to: targets, &sendings)
            if case .vote(let vote) = message { self.contradict(vote, directory, &sendings) }
        case .silent:
            if self.draw.chance(perMille: 20) {
                self.silentUntil = time + .milliseconds(self.draw.within(500...20_000))
            }
            if time >= self.silentUntil { self.tell(message, to: targets, &sendings) }
        case .forger:
            self.tell(message, to: targets, &sendings)
            if self.draw.chance(perMille: 150) { self.forge(from: message, directory, &sendings) }
        case .withholder:
            self.withhold(.vote(message), from: self.withoutWithheld(message, targets), &sendings)
        case .replayer:
            self.tell(message, to: targets, &sendings)
            self.remember(.vote(message))
        case .split:
            self.tell(message, to: targets, &sendings)
        case .hider:
            self.hide(message, from: targets, &sendings)
        case .reviver:
            self.revive(message, to: targets, &sendings)
        case .mixer:
            self.tell(message, to: targets, &sendings)
            if case .vote = message { self.mix(message, directory, &sendings) }
        }
    }

    /// What each kind makes of what it hears, beside what its machine does.
    func hear(
        _ message: Message, from sender: Int, at time: WorldTime, _ directory: Directory,
        _ sendings: inout [Sending]
    ) {
        switch self.kind {
        case .doubleVoter:
            if case .proposal(let proposal) = message { self.voteForAll(of: proposal, directory, &sendings) }
        case .replayer:
            self.remember(.vote(message))
            self.repeatSomething(directory, &sendings)
        case .rewriter:
            if case .proposal(let proposal) = message { self.heard = self.newer(proposal, self.heard) }
        case .forger:
            if self.draw.chance(perMille: 30) { self.forge(from: message, directory, &sendings) }
        case .reviver:
            guard case .status = message else { return }
            self.reviveUnasked(directory, &sendings)
            self.claimToBeBound(directory, &sendings)
        case .mixer:
            self.mix(message, directory, &sendings)
        case .equivocatingLeader, .silent, .withholder, .split, .hider: break
        }
    }

    func tell(_ message: Message, to targets: [Int], _ sendings: inout [Sending]) {
        self.tell(.vote(message), to: targets, &sendings)
    }

    func tell(_ message: NodeMessage, to targets: [Int], _ sendings: inout [Sending]) {
        for target in targets { sendings.append(Sending(message: message, to: target)) }
    }

    /// All others.
    func everybody(_ directory: Directory) -> [Int] { directory.keys.indices.filter { $0 != self.node } }

    func vote(_ kind: Vote.Kind, _ hash: Digest, epoch: Epoch, view: View) -> Message? {
        self.signedVote(kind, hash, epoch: epoch, view: view).map(Message.vote)
    }

    func signedVote(_ kind: Vote.Kind, _ hash: Digest, epoch: Epoch, view: View) -> SignedVote? {
        guard let place = self.place else { return nil }
        let vote = Vote(chain: self.chain, epoch: epoch, view: view, kind: kind, blockHash: hash)
        return SignedVote(vote, member: place, signature: self.key.sign(vote.message))
    }

    /// A proposal with a vote of its own for it, of the same kind, if it had one.
    func signed(_ proposal: Message.Proposal) -> Message.Proposal {
        guard let vote = proposal.vote else { return proposal }
        var proposal = proposal
        proposal.vote = self.signedVote(
            vote.kind, proposal.block.header.hash, epoch: proposal.epoch, view: proposal.view)
        return proposal
    }

    // MARK: Equivocating leader

    private func equivocate(_ message: Message, to targets: [Int], _ sendings: inout [Sending]) {
        switch message {
        case .proposal(var proposal) where proposal.block.header.proposer == self.key.publicKey:
            let hash = proposal.block.header.hash
            // Where a vote may vouch for a block's time, some are of tomorrow.
            if self.isFinalWithAll, self.twins[hash] == nil, self.draw.chance(perMille: 100) {
                self.ahead.insert(hash)
                self.done.blocksAhead += 1
            }
            self.tell(message, to: targets.filter { self.meetsTwin($0, hash) != .second }, &sendings)
            // Another time makes another block, as valid as the first.
            let later: UInt64 = self.ahead.contains(hash) ? 86_400_000_000 : 1
            let time = proposal.block.header.timestamp.microseconds &+ later
            proposal.block.header.timestamp = Timestamp(microseconds: time)
            self.twins[hash] = proposal.block.header.hash
            self.tell(
                .proposal(self.signed(proposal)), to: targets.filter { self.meetsTwin($0, hash) != .first }, &sendings)
        case .vote(let vote):
            guard let twin = self.twins[vote.blockHash],
                let other = self.vote(vote.kind, twin, epoch: vote.epoch, view: vote.view)
            else { return self.tell(message, to: targets, &sendings) }
            self.tell(message, to: targets.filter { self.meetsTwin($0, vote.blockHash) != .second }, &sendings)
            self.tell(other, to: targets.filter { self.meetsTwin($0, vote.blockHash) != .first }, &sendings)
            // And neither of the two; where all members' votes count, each word against a block lets go of those who voted for it.
            guard !self.isFinalWithAll || self.draw.chance(perMille: 400) else { return }
            if let none = self.vote(.nullify, .zero, epoch: vote.epoch, view: vote.view) {
                self.tell(none, to: targets, &sendings)
            }
        default:
            self.tell(message, to: targets, &sendings)
        }
    }

    private enum Meets {
        case first, second, both
    }

    /// Which of two twins a node meets, always the same one of the same two.
    private func meetsTwin(_ target: Int, _ hash: Digest) -> Meets {
        if self.ahead.contains(hash) { return .second }
        return switch hash.bytes[target % 32] % 8 {
        case 0...2: .both
        case 3...5: .first
        default: .second
        }
    }

    // MARK: Rewriter

    private func newer(_ one: Message.Proposal, _ other: Message.Proposal?) -> Message.Proposal {
        guard let other, (other.epoch, other.view) > (one.epoch, one.view) else { return one }
        return other
    }

    /// In place of its own block on the newest one: another one in place of that.
    private func rewrite(_ message: Message, to targets: [Int], _ sendings: inout [Sending]) {
        switch message {
        case .proposal(let proposal):
            guard var other = self.heard, other.epoch == proposal.epoch, other.view < proposal.view,
                self.draw.chance(perMille: 700)
            else { return self.tell(message, to: targets, &sendings) }
            let hash = proposal.block.header.hash
            other.view = proposal.view
            other.block.header.proposer = self.key.publicKey
            other.block.header.timestamp = Timestamp(
                microseconds: other.block.header.timestamp.microseconds &+ 1)
            self.twins[hash] = other.block.header.hash
            self.tell(.proposal(self.signed(other)), to: targets, &sendings)
        case .vote(let vote):
            guard let twin = self.twins[vote.blockHash],
                let other = self.vote(vote.kind, twin, epoch: vote.epoch, view: vote.view)
            else { return self.tell(message, to: targets, &sendings) }
            self.tell(other, to: targets, &sendings)
        default:
            self.tell(message, to: targets, &sendings)
        }
    }

    // MARK: Double voter

    private func contradict(_ vote: SignedVote, _ directory: Directory, _ sendings: inout [Sending]) {
        let kind: Vote.Kind
        switch vote.kind {
        case .nullify, .resolve: return
        case .notarise where self.isFinalWithAll && self.draw.chance(perMille: 300): kind = .support
        case .support: kind = .notarise
        case .notarise, .finalise: kind = .nullify
        }
        let hash = kind == .nullify ? Digest.zero : vote.blockHash
        if kind == .support { self.done.note(kind, hash, in: CastPlace(epoch: vote.epoch, view: vote.view)) }
        guard let other = self.vote(kind, hash, epoch: vote.epoch, view: vote.view) else { return }
        self.tell(other, to: self.some(of: self.everybody(directory)), &sendings)
    }

    private func voteForAll(
        of proposal: Message.Proposal, _ directory: Directory, _ sendings: inout [Sending]
    ) {
        let hash = proposal.block.header.hash
        var said = [(Vote.Kind.notarise, hash), (.finalise, hash), (.nullify, Digest.zero)]
        if self.isFinalWithAll {
            // Beside the vote to notarise, or in its place.
            if self.draw.chance(perMille: 300) { said.removeFirst() }
            said.append((.support, hash))
            self.done.note(.support, hash, in: CastPlace(epoch: proposal.epoch, view: proposal.view))
        }
        for (kind, blockHash) in said {
            guard let vote = self.vote(kind, blockHash, epoch: proposal.epoch, view: proposal.view) else { return }
            self.tell(vote, to: self.some(of: self.everybody(directory)), &sendings)
        }
    }

    func some(of nodes: [Int]) -> [Int] { nodes.filter { _ in self.draw.chance(perMille: 600) } }

    // MARK: Withholder

    func withhold(_ message: NodeMessage, from targets: [Int], _ sendings: inout [Sending]) {
        for target in targets {
            switch self.draw.below(4) {
            case 0: continue
            case 1:
                let delay = UInt64.milliseconds(self.draw.within(1...3_000))
                sendings.append(Sending(message: message, to: target, delay: delay))
            default: sendings.append(Sending(message: message, to: target))
            }
        }
    }

    /// Those who hear of it at all: where the votes of all make a block final, some never hear that it notarised one, always the
    /// same ones.
    private func withoutWithheld(_ message: Message, _ targets: [Int]) -> [Int] {
        guard self.isFinalWithAll, case .vote(let vote) = message, vote.kind == .notarise, vote.member == self.place
        else { return targets }
        let told = targets.filter { vote.blockHash.bytes[$0 % 32] % 3 != 0 }
        if told.count < targets.count, !told.isEmpty {
            self.done.withheldViews.insert(CastPlace(epoch: vote.epoch, view: vote.view))
        }
        return told
    }

    // MARK: Replayer

    func remember(_ message: NodeMessage) {
        if self.memory.count < 256 {
            self.memory.append(message)
        } else {
            self.memory[self.draw.below(256)] = message
        }
    }

    private func repeatSomething(_ directory: Directory, _ sendings: inout [Sending]) {
        guard self.draw.chance(perMille: 60), let message = self.draw.choose(self.memory) else { return }
        self.tell(message, to: self.some(of: self.everybody(directory)), &sendings)
    }
}
