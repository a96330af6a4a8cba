import CairnConsensus
import CairnHash
import CairnLedger
import Testing

/// What running nodes make of a block that recovery keys signed.
struct RecoveryBlockTests {
    private let founder: QuickSigner
    private let new: QuickSigner
    private let start: ChainState
    /// Names the keys.
    private let named: FinalBlock
    /// Behind that one: a record of the member, or another member by recovery.
    private let record: FinalBlock
    private let recovery: FinalBlock

    init() throws {
        let founder = try QuickSigner()
        let new = try QuickSigner(8)
        let kept = try (1...3).map { try QuickSigner($0) }
        let keys = try #require(RecoveryKeys(kept.map(\.publicKey), needed: 2))
        var state = try Samples.chain(founder.publicKey)
        self.start = state
        func finalise(_ block: CheckedBlock) -> FinalBlock {
            let vote = Vote(
                chain: state.chain, epoch: state.epoch, view: View(rawValue: block.block.index.rawValue),
                kind: .finalise, blockHash: block.hash)
            let votes = [Certificate.MemberSignature(member: 0, signature: founder.sign(vote.message))]
            return FinalBlock(
                block: block.block,
                certificate: Certificate(epoch: vote.epoch, view: vote.view, blockHash: block.hash, votes: votes))
        }
        var draft = MemberChangeDraft(
            chain: state.chain, epoch: 0, next: state.members,
            settings: EpochSettings(submissionWindow: 1_000, recovery: keys))
        draft.sign(with: founder)
        let naming = state.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil,
            change: try draft.change(present: state.present, using: founder), proposer: founder.publicKey,
            now: Samples.start)
        self.named = finalise(naming)
        state.advance(to: naming)

        let submission = try Samples.submission("a", "1")
        self.record = finalise(
            state.tip.makeBlock(
                entries: submission.entries, leafHashes: submission.leafHashes, submissions: nil,
                proposer: founder.publicKey, now: Samples.start))
        let next = try #require(MemberSet([Member(key: new.publicKey)], faultModel: .majority))
        let settings = state.present.settings
        let message = MemberChange.message(chain: state.chain, epoch: 1, next: next, settings: settings)
        let recovered = state.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil,
            change: MemberChange(
                epoch: 1, next: next, settings: settings, signatures: [], joining: [new.sign(message)],
                isRecovery: true),
            proposer: new.publicKey, now: Samples.start)
        self.recovery = FinalBlock(
            block: recovered.block,
            certificate: keys.certificate(of: recovered, chain: state.chain, signers: [kept[2], kept[0]]))
        self.founder = founder
        self.new = new
    }

    private func machine(_ key: QuickSigner) -> QuickMachine {
        QuickMachine(
            chain: self.start, headCertificate: nil, key: key, memory: .journal([]),
            configuration: VoteConfiguration(capacity: QueueCapacity(records: 10, bytes: 1 << 20)), idSeed: [1],
            now: Samples.now)
    }

    /// Hands final blocks to a node, as it would check them.
    private func tell(_ blocks: [FinalBlock], to machine: inout QuickMachine) throws -> [VoteEffect] {
        let check = MessageCheck(present: machine.chain.present, verifier: self.founder)
        guard let checked = try check.check(.finals(blocks), behind: machine.chain.tip) else { return [] }
        return machine.handle(.received(checked, from: self.new.publicKey), now: Samples.now)
    }

    @Test func itIsFollowedBehindTheOwnHead() throws {
        var follower = self.machine(try QuickSigner(9))
        let effects = try self.tell([self.named, self.recovery], to: &follower)
        #expect(follower.chain.head == self.recovery.block.header && follower.epoch == 2)
        #expect(follower.members.members.map(\.key) == [self.new.publicKey])
        let appended = effects.compactMap { effect -> FinalBlock? in
            if case .append(let final, _) = effect { final } else { nil }
        }
        #expect(appended == [self.named, self.recovery])
        // So it is by the node of the new member, who is alone then.
        var member = self.machine(self.new)
        _ = try self.tell([self.named, self.recovery], to: &member)
        #expect(member.chain.epoch == 2 && member.members.position(of: self.new.publicKey) == 0)
    }

    /// What this node called final stays so, whatever keys say.
    @Test func itIsNeverFollowedAgainstTheOwnHead() throws {
        var follower = self.machine(try QuickSigner(9))
        _ = try self.tell([self.named, self.record], to: &follower)
        #expect(follower.chain.head == self.record.block.header)
        #expect(try self.tell([self.recovery], to: &follower).isEmpty)
        #expect(try self.tell([self.named, self.recovery], to: &follower).isEmpty)
        #expect(follower.chain.head == self.record.block.header && follower.epoch == 1)
    }

    /// Whose key isn't lost takes blocks of nobody.
    @Test func theMemberItselfDoesNotFollow() throws {
        var member = self.machine(self.founder)
        let draftless = try self.tell([self.named, self.recovery], to: &member)
        #expect(member.chain.head.index == 0)
        for effect in draftless { if case .append = effect { Issue.record("it takes a block over") } }
    }

    @Test func fewerKeysOrTheLostOneAreALie() throws {
        var follower = self.machine(try QuickSigner(9))
        var few = self.recovery
        few.certificate?.votes.removeLast()
        var lost = self.recovery
        lost.certificate?.view = 2
        for final in [few, lost] {
            #expect(throws: MessageError.self) { try self.tell([self.named, final], to: &follower) }
        }
        #expect(follower.chain.head.index == 0)
    }

    /// Headers with their certificates are all that is seen at first.
    @Test func whoCatchesUpBelievesNothingElseOfTheKeys() throws {
        var state = self.start
        try state.apply(self.named.block, leafHashes: [], using: self.founder)
        let keys = try #require(state.present.recovery)
        let kept = try (1...2).map { try QuickSigner($0) }
        let submission = try Samples.submission("a", "1")
        let list = SubmissionList([SubmissionList.Item(id: Samples.id("a"), offsets: 0..<1)])
        let machine = CatchUpMachine(chain: state.chain, tip: state.tip, configuration: CatchUpConfiguration())
        for (listed, error) in [
            (list, .epochEnd(2, .otherProposer(self.new.publicKey))), (nil, .certificate(2, .notOfRecovery)),
        ] as [(SubmissionList?, CatchUpError)] {
            let made = state.tip.makeBlock(
                entries: submission.entries, leafHashes: submission.leafHashes, submissions: listed,
                proposer: self.new.publicKey, now: Samples.start)
            let link = CatchUpMessage.ChainLink(
                header: made.block.header, annexBytes: made.block.annexBytes,
                certificate: keys.certificate(of: made, chain: state.chain, signers: kept))
            #expect(throws: error) { try machine.check(using: self.founder).check(.headers([link])) }
        }
        let link = CatchUpMessage.ChainLink(
            header: self.recovery.block.header, annexBytes: self.recovery.block.annexBytes,
            certificate: self.recovery.certificate)
        #expect(try machine.check(using: self.founder).check(.headers([link])) != nil)
    }

    /// A change by recovery makes no block of a running node, whoever hands it in.
    @Test func nobodyProposesIt() throws {
        let change = try #require(try self.recovery.block.annex()?.change)
        var member = self.machine(self.founder)
        var draft = MemberChangeDraft(
            chain: self.start.chain, epoch: 0, next: self.start.members,
            settings: change.settings)
        draft.sign(with: self.founder)
        let naming = try draft.change(present: self.start.present, using: self.founder)
        _ = member.handle(.changeSubmitted(naming, Ticket(rawValue: 1)), now: Samples.now)
        _ = member.handle(.appended(through: 1), now: Samples.now)
        #expect(member.epoch == 1)
        let effects = member.handle(.changeSubmitted(change, Ticket(rawValue: 2)), now: Samples.now)
        #expect(
            effects.contains { effect in
                if case .refuseChange(Ticket(rawValue: 2), .invalid(.noRecovery)) = effect { true } else { false }
            })
        let check = MessageCheck(present: member.chain.present, verifier: self.founder)
        #expect(throws: MessageError.change(.noRecovery)) {
            try check.check(.change(change), behind: member.chain.tip)
        }
    }
}
