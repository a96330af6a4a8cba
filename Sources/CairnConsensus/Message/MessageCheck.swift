public import CairnHash
public import CairnLedger

/// A message whose signatures, hashes and canonical forms were checked: only such ones reach the deciding machine.
public struct CheckedMessage: Sendable {
    public enum Content: Sendable {
        case status(Message.Status)
        case proposal(CheckedProposal)
        case vote(SignedVote)
        case certificate(Certificate)
        case submissions([Submission])
        case change(MemberChange)
        case request(Message.Request)
        case block(HashedBlock)
        case finalsRequest(from: BlockIndex)
        /// By rising index, each checked behind the one before. The last one of all and the last one of each epoch have a
        /// certificate, and all certificates were checked with the members of their epoch.
        case finals([(block: CheckedBlock, certificate: Certificate?)])
        /// Certified final blocks that this program is too old to judge, from this one on.
        case newer(BlockIndex, BlockError)
        /// Something that can't be checked without the members of a later epoch.
        case ofLaterEpoch(Epoch)
    }

    /// A proposal whose block is in canonical form, and whose vote, if there is one, is a finalise vote for it in its view.
    public struct CheckedProposal: Sendable {
        public let epoch: Epoch
        public let view: View
        public let parentView: View
        public let block: HashedBlock
        public let vote: SignedVote?
    }

    public let content: Content

    init(_ content: Content) {
        self.content = content
    }
}

/// Checks messages. A value, so that it can be done on any thread: here is nearly all of the work of a busy node.
public struct MessageCheck<Verifier: SignatureVerifier>: Sendable {
    /// What holds in the epoch that messages are of.
    public let present: EpochMembers
    public let verifier: Verifier

    public init(present: EpochMembers, verifier: Verifier) {
        self.present = present
        self.verifier = verifier
    }

    public var chain: Digest { self.present.chain }
    public var epoch: Epoch { self.present.epoch }
    public var members: MemberSet { self.present.members }

    /// - Parameter tip: the newest final block that the vote machine has now: final blocks are checked behind it.
    /// - Returns: nil when it is about an epoch that is over, so that it says nothing any more.
    /// - Throws: what is wrong. No honest node sends such a message.
    public func check(_ message: Message, behind tip: ChainTip) throws(MessageError) -> CheckedMessage? {
        guard let content = try self.content(of: message, behind: tip) else { return nil }
        return CheckedMessage(content)
    }

    private func content(
        of message: Message, behind tip: ChainTip
    ) throws(MessageError) -> CheckedMessage.Content? {
        switch message {
        case .status(let status):
            return .status(status)
        case .request(let request):
            return .request(request)
        case .finalsRequest(let index):
            return .finalsRequest(from: index)
        case .submissions(let submissions):
            for submission in submissions { try Self.check(submission) }
            return .submissions(submissions)
        case .vote(let vote):
            return try self.ifPresent(vote.epoch) { () throws(MessageError) in
                try self.check(vote)
                return .vote(vote)
            }
        case .certificate(let certificate):
            return try self.ifPresent(certificate.epoch) { () throws(MessageError) in
                try self.check(certificate)
                return .certificate(certificate)
            }
        case .change(let change):
            return try self.ifPresent(change.epoch) { () throws(MessageError) in
                try self.check(change)
                return .change(change)
            }
        case .proposal(let proposal):
            return try self.ifPresent(proposal.epoch) { () throws(MessageError) in
                .proposal(try self.checked(proposal))
            }
        case .block(let block):
            return try self.ifPresent(block.header.epoch) { () throws(MessageError) in
                .block(try Self.hashed(block))
            }
        case .finals(let blocks):
            return try self.finals(blocks, behind: tip)
        }
    }

    /// What to make of a message about an epoch: nothing when it is over, a hint when it is yet to come.
    private func ifPresent(
        _ epoch: Epoch, _ check: () throws(MessageError) -> CheckedMessage.Content
    ) throws(MessageError) -> CheckedMessage.Content? {
        if epoch > self.epoch { return .ofLaterEpoch(epoch) }
        return epoch < self.epoch ? nil : try check()
    }

    private func check(_ vote: SignedVote) throws(MessageError) {
        do throws(VoteError) {
            try vote.verify(members: self.members, chain: self.chain, using: self.verifier)
        } catch {
            throw .vote(error)
        }
    }

    private func checked(_ proposal: Message.Proposal) throws(MessageError) -> CheckedMessage.CheckedProposal {
        let block = try Self.hashed(proposal.block)
        if let vote = proposal.vote {
            // A leader's first vote is what others wait for; where they don't, one of version 0.1 may be bound by what it finalised.
            let kind: Vote.Kind = self.present.isFinalWithAll ? .notarise : .finalise
            guard vote.kind == kind, vote.epoch == proposal.epoch, vote.view == proposal.view,
                vote.blockHash == block.hash
            else { throw .otherVote }
            try self.check(vote)
        }
        return CheckedMessage.CheckedProposal(
            epoch: proposal.epoch, view: proposal.view, parentView: proposal.parentView, block: block,
            vote: proposal.vote)
    }

    private func check(_ certificate: Certificate) throws(MessageError) {
        do throws(CertificateError) {
            guard self.present.isFinalWithAll || !certificate.votes.contains(where: \.isSupport) else {
                throw .otherKind(.support)
            }
            try certificate.verify(members: self.members, chain: self.chain, using: self.verifier)
        } catch {
            throw .certificate(error)
        }
    }

    private func check(_ change: MemberChange) throws(MessageError) {
        do throws(MemberChangeError) {
            try change.checkJoiningKeys(present: self.members)
            try change.verify(present: self.present, using: self.verifier)
        } catch {
            throw .change(error)
        }
    }

    /// What a member forwards has to be what its clients' node made sure of: a leader proposes it unseen.
    private static func check(_ submission: Submission) throws(MessageError) {
        guard submission.id != nil else { throw .submissionWithoutID }
        if let place = submission.entries.firstNotCanonical { throw .notCanonical(entry: place) }
    }

    /// Canonical form is checked here for blocks that aren't final: later, a quorum's votes stand for it.
    private static func hashed(_ block: Block) throws(MessageError) -> HashedBlock {
        if let place = block.entries.firstNotCanonical { throw .notCanonical(entry: place) }
        return HashedBlock(block)
    }

    /// Nothing when they don't begin at the tip: they were asked for when it was another one.
    private func finals(
        _ blocks: [FinalBlock], behind tip: ChainTip
    ) throws(MessageError) -> CheckedMessage.Content? {
        guard !blocks.isEmpty else { throw .finalsWithoutCertificate }
        var news = blocks.drop { $0.block.index <= tip.header.index }
        guard news.first?.block.index == tip.header.index.next() else { return nil }
        var tip = tip
        var checked: [(block: CheckedBlock, certificate: Certificate?)] = []
        while let epoch = news.first?.block.header.epoch {
            let ofEpoch = news.prefix { $0.block.header.epoch == epoch }
            news = news.dropFirst(ofEpoch.count)
            do throws(FinalsError) {
                checked += try self.finals(Array(ofEpoch), of: epoch, behind: tip)
            } catch {
                switch error {
                case .lie(let error): throw error
                // What comes before it is followed first. What is asked for next begins with it.
                case .newer(let index, let error, let before):
                    checked += self.certified(before, as: ofEpoch, in: self.present(in: epoch, behind: tip))
                    return checked.isEmpty ? .newer(index, error) : .finals(checked)
                }
            }
            if let last = checked.last { tip = last.block.tip }
        }
        return .finals(checked)
    }

    /// Of the first blocks of one epoch, which were checked, those up to the last one that has a certificate itself.
    private func certified(
        _ blocks: [CheckedBlock], as finals: ArraySlice<FinalBlock>, in own: EpochMembers
    ) -> [(block: CheckedBlock, certificate: Certificate?)] {
        let certificates = finals.prefix(blocks.count).map(\.certificate)
        guard let last = certificates.lastIndex(where: { $0 != nil }), let certificate = certificates[last] else {
            return []
        }
        do throws(CertificateError) {
            try own.verify(certificate, of: blocks[last].block.header, hash: blocks[last].hash, using: self.verifier)
        } catch {
            // Who passes them on need not have checked this one: a later one covers it.
            return []
        }
        return blocks[...last].map { (block: $0, certificate: $0.hash == certificate.blockHash ? certificate : nil) }
    }

    private enum FinalsError: Error {
        case lie(MessageError)
        /// With the blocks before it.
        case newer(BlockIndex, BlockError, before: [CheckedBlock])
    }

    /// What holds in an epoch that begins or goes on after a tip.
    private func present(in epoch: Epoch, behind tip: ChainTip) -> EpochMembers {
        epoch == self.epoch ? self.present : tip.present
    }

    /// Those of one epoch.
    private func finals(
        _ blocks: [FinalBlock], of epoch: Epoch, behind tip: ChainTip
    ) throws(FinalsError) -> [(block: CheckedBlock, certificate: Certificate?)] {
        guard let certificate = blocks.last?.certificate else { throw .lie(.finalsWithoutCertificate) }
        // Headers first: records are hashed, which takes long, only when a quorum stands for the last of them.
        let hashes = blocks.map(\.block.header.hash)
        for (hash, next) in zip(hashes, blocks.dropFirst()) where next.block.header.previousHash != hash {
            throw .lie(.finalsNotConsecutive)
        }
        do throws(CertificateError) {
            try self.present(in: epoch, behind: tip).verify(
                certificate, of: blocks[blocks.count - 1].block.header, hash: hashes[hashes.count - 1],
                using: self.verifier)
        } catch {
            throw .lie(.certificate(error))
        }
        var tip = tip
        var checked: [(block: CheckedBlock, certificate: Certificate?)] = []
        for block in blocks.lazy.map({ HashedBlock($0.block) }) {
            do throws(BlockError) {
                let next = try tip.check(block, using: self.verifier)
                // The other certificates are covered by the last one and add nothing: they are not taken over unchecked.
                checked.append((next, block.hash == certificate.blockHash ? certificate : nil))
                tip = next.tip
            } catch {
                guard error.isOfNewerVersion else { throw .lie(.finals(error)) }
                throw .newer(block.block.index, error, before: checked.map { $0.block })
            }
        }
        return checked
    }
}

/// What is wrong with a message.
public enum MessageError: Error, Hashable, Sendable {
    case vote(VoteError)
    case certificate(CertificateError)
    case change(MemberChangeError)
    /// The vote that came with a proposal is not one for it of the kind that comes first.
    case otherVote
    /// A record of a block or a submission, by its place in it.
    case notCanonical(entry: Int)
    case submissionWithoutID
    case finalsWithoutCertificate
    case finalsNotConsecutive
    case finals(BlockError)
}

extension MessageError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .vote(let error): "\(error)"
        case .certificate(let error): "\(error)"
        case .change(let error): "\(error)"
        case .otherVote: "the vote in the proposal is not for its block in its view"
        case .notCanonical(let entry): "record \(entry) in it is not in canonical form"
        case .submissionWithoutID: "a forwarded submission has no id"
        case .finalsWithoutCertificate: "final blocks come without the certificate of the last one"
        case .finalsNotConsecutive: "final blocks do not follow one another"
        case .finals(let error): "a final block breaks a rule: \(error)"
        }
    }
}
