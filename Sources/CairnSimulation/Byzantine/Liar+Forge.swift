import CairnConsensus
import CairnHash
import CairnLedger

/// Things that are not true, made from things that were said. Each has to be found out by whoever hears it.
extension Liar {
    func forge(from message: Message, _ directory: Directory, _ sendings: inout [Sending]) {
        guard let forged = self.forged(from: message) else { return }
        self.tell(forged, to: self.some(of: self.everybody(directory)), &sendings)
    }

    private func forged(from message: Message) -> Message? {
        switch message {
        case .vote(let vote): self.forgedVote(from: vote)
        case .certificate(let certificate): self.forgedCertificate(from: certificate)
        case .proposal(let proposal): .proposal(self.forgedProposal(from: proposal))
        case .block(let block): .block(self.forgedBlock(from: block))
        case .finals(let finals): self.forgedFinals(from: finals)
        case .status(let status): self.forgedStatus(from: status)
        case .submissions(let submissions): .submissions(submissions + submissions)
        case .change(let change): self.forgedChange(from: change)
        case .request, .finalsRequest: self.forgedRequest()
        }
    }

    /// A vote in another's name, or of another view or kind under the signature of this one.
    private func forgedVote(from vote: SignedVote) -> Message {
        var forged = vote
        switch self.draw.below(4) {
        case 0:
            forged.member = UInt16(self.draw.below(self.members.members.count))
            forged.signature = self.key.sign(forged.vote(chain: self.chain).message)
        case 1: forged.kind = Vote.Kind.allCases[self.draw.below(Vote.Kind.allCases.count)]
        case 2: forged.view = forged.view.next()
        default: forged.member = UInt16.max
        }
        return .vote(forged)
    }

    /// A certificate of one's own votes in all names, with one vote too few or twice, or of another view, or with a vote that is
    /// called one of support or isn't any more.
    private func forgedCertificate(from certificate: Certificate) -> Message {
        var forged = certificate
        switch self.draw.below(self.isFinalWithAll ? 6 : 5) {
        case 0:
            let vote = Vote(
                chain: self.chain, epoch: forged.epoch, view: forged.view, kind: forged.kind,
                blockHash: forged.blockHash)
            let signature = self.key.sign(vote.message)
            forged.votes = self.members.members.indices.map {
                Certificate.MemberSignature(member: UInt16($0), signature: signature)
            }
        case 1: if forged.votes.count > 1 { forged.votes.removeLast() }
        case 2: forged.votes = forged.votes.flatMap { [$0, $0] }
        case 3: forged.view = forged.view + self.draw.within(1...1_000)
        case 5: if let place = forged.votes.indices.first { forged.votes[place].isSupport.toggle() }
        default: forged.kind = Vote.Kind.allCases[self.draw.below(Vote.Kind.allCases.count)]
        }
        return .certificate(forged)
    }

    /// A proposal out of turn, over a gap, or of a block that breaks a rule.
    private func forgedProposal(from proposal: Message.Proposal) -> Message.Proposal {
        var forged = proposal
        switch self.draw.below(4) {
        case 0: forged.view = forged.view + self.draw.within(1...3)
        case 1: forged.parentView = View(rawValue: self.draw.below(forged.view.rawValue + 1))
        default: forged.block = self.forgedBlock(from: forged.block)
        }
        // Where others wait for its vote, it comes along at times.
        if self.isFinalWithAll, forged.vote == nil, self.draw.chance(perMille: 500) {
            forged.vote = self.signedVote(
                .notarise, forged.block.header.hash, epoch: forged.epoch, view: forged.view)
        }
        return self.draw.below(2) == 0 ? forged : self.signed(forged)
    }

    private func forgedBlock(from block: Block) -> Block {
        var forged = block
        switch self.draw.below(8) {
        case 0: forged.header.treeRoot = Digest(hashing: self.draw.bytes(8))
        case 1: forged.header.previousHash = Digest(hashing: self.draw.bytes(8))
        case 2: forged.header.timestamp = Timestamp(microseconds: UInt64.max)
        case 3: forged.header.treeSize = TreeSize(rawValue: UInt64.max)
        case 4: forged.header.index = BlockIndex(rawValue: UInt64.max)
        case 5: forged.annexBytes = Array(#"{"submissions":{"ids":"","spans":[]}}"#.utf8)
        case 6: forged.entries.append(Record(storedBytes: Array("{ }".utf8)))
        default: forged.entries.append(contentsOf: block.entries)
        }
        forged.header.proposer = self.key.publicKey
        return forged
    }

    /// Another history, and a certificate of something else.
    private func forgedFinals(from finals: [FinalBlock]) -> Message? {
        var forged = finals
        guard let last = forged.indices.last else { return nil }
        switch self.draw.below(3) {
        case 0: forged[last].block = self.forgedBlock(from: forged[last].block)
        case 1: forged[last].certificate = nil
        default:
            let block = self.forgedBlock(from: forged[last].block)
            forged[last].block = block
            forged[last].certificate?.blockHash = block.header.hash
        }
        return .finals(forged)
    }

    private func forgedStatus(from status: Message.Status) -> Message {
        var status = status
        status.wantsAnswer = true
        switch self.draw.below(3) {
        case 0: status.head = BlockIndex(rawValue: UInt64.max)
        case 1: status.view = View(rawValue: UInt64.max)
        default: status.epoch = Epoch(rawValue: UInt64.max)
        }
        return .status(status)
    }

    /// A change that too few signed, or another one under the signatures of the first: other members or other settings.
    private func forgedChange(from change: MemberChange) -> Message {
        var forged = change
        if self.draw.below(2) == 0, forged.signatures.count > 1 {
            forged.signatures.removeLast()
        } else if self.draw.below(3) == 0 {
            forged.settings = EpochSettings(submissionWindow: (forged.settings?.submissionWindow ?? 0) + 1)
        } else if let next = MemberSet([Member(key: self.key.publicKey)], faultModel: .majority) {
            forged.next = next
            forged.joining = []
        }
        return .change(forged)
    }

    /// Asks for more than anybody can have.
    private func forgedRequest() -> Message {
        switch self.draw.below(3) {
        case 0: .request(.block(Digest(hashing: self.draw.bytes(8))))
        case 1: .request(.certificates(epoch: self.epoch, views: 0...View(rawValue: UInt64.max)))
        default: .finalsRequest(from: BlockIndex(rawValue: self.draw.below(2) == 0 ? 0 : UInt64.max))
        }
    }
}
