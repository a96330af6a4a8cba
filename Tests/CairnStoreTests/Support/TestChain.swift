import CairnHash
import CairnLedger
import CairnStore

/// A chain that a test grows block by block, and all that a store must know about it afterwards. One member founds it;
/// the test may change the members, and leave certificates out.
struct TestChain {
    struct Failure: Error {
        var what: String
    }

    static let founder: UInt8 = 7

    let verifier: any SignatureVerifier
    private let isFast: Bool
    private var signers: [PublicKey: any Signer] = [:]
    let genesis: Block
    /// States behind each block, from the genesis block on.
    private(set) var states: [ChainState]
    private(set) var blocks: [FinalBlock]
    /// Leaf hashes of all records.
    private(set) var leafHashes: [Digest] = []
    /// All ids that were submitted.
    private(set) var ids: [SubmissionID] = []

    /// - Parameter isFast: sign with `HashSigner`: whoever opens or verifies the ledger has to use `verifier`.
    init(submissionWindow: UInt64 = 6, message: String = "m", isFast: Bool = false) throws {
        self.isFast = isFast
        self.verifier = isFast ? HashVerifier() : Ed25519Verifier()
        let founder = try Self.signer(Self.founder, isFast: isFast)
        guard let members = MemberSet([Member(key: founder.publicKey)], faultModel: .majority) else {
            throw Failure(what: "no members")
        }
        let settings = try GenesisSettings(
            name: "t", message: message, random: Array(0..<16), members: members, submissionWindow: submissionWindow)
        self.signers[founder.publicKey] = founder
        self.genesis = settings.genesisBlock(proposer: founder.publicKey, timestamp: Timestamp(microseconds: 1_000))
        self.states = [try ChainState(genesis: self.genesis)]
        self.blocks = [FinalBlock(block: self.genesis, certificate: nil)]
    }

    private static func signer(_ number: UInt8, isFast: Bool) throws -> any Signer {
        let signer: (any Signer)? =
            isFast ? HashSigner(number) : PrivateKey(seed: Array(repeating: number, count: PrivateKey.seedByteCount))
        guard let signer else { throw Failure(what: "no key") }
        return signer
    }

    /// The founder's, where signatures are real.
    static func foundersKey() throws -> PrivateKey {
        guard let key = PrivateKey(seed: Array(repeating: Self.founder, count: PrivateKey.seedByteCount)) else {
            throw Failure(what: "no key")
        }
        return key
    }

    var state: ChainState { self.states[self.states.count - 1] }

    /// The first blocks of this chain.
    func prefix(_ count: Int) -> TestChain {
        var prefix = self
        prefix.states.removeLast(self.states.count - count)
        prefix.blocks.removeLast(self.blocks.count - count)
        prefix.leafHashes.removeLast(self.leafHashes.count - Int(prefix.state.head.treeSize.rawValue))
        return prefix
    }

    /// Makes the next block: a submission for each inner array, with the id that stands at its place in `ids`.
    ///
    /// - Parameters:
    ///   - window: of the next epoch, in records: a change of settings.
    ///   - recovery: keys of the next epoch.
    ///   - agreement: of the next epoch: a change of settings.
    @discardableResult
    mutating func grow(
        _ submissions: [[String]], ids: [Int: SubmissionID] = [:], change next: MemberSet? = nil,
        window: UInt64? = nil, recovery: RecoveryKeys? = nil, agreement: AgreementRule? = nil, isCertified: Bool = true
    ) throws -> Appended {
        var entries = Entries()
        var items: [SubmissionList.Item] = []
        for (place, records) in submissions.enumerated() {
            let start = entries.count
            for text in records { entries.append(try Record(json: text)) }
            if let id = ids[place] {
                items.append(SubmissionList.Item(id: id, offsets: start..<entries.count))
                self.ids.append(id)
            }
        }
        let leafHashes = entries.leafHashes()
        var state = self.state
        let proposed = state.tip.makeBlock(
            entries: entries, leafHashes: leafHashes, submissions: items.isEmpty ? nil : SubmissionList(items),
            change: try self.change(to: next, window: window, recovery, agreement),
            proposer: state.members.members[0].key, now: Timestamp(microseconds: 1_000 + UInt64(self.blocks.count)))
        let certificate = isCertified ? self.certificate(of: proposed.block.header) : nil
        let final = FinalBlock(block: proposed.block, certificate: certificate)
        try state.apply(final.block, leafHashes: leafHashes, using: self.verifier)
        self.states.append(state)
        self.blocks.append(final)
        self.leafHashes.append(contentsOf: leafHashes)
        return Appended(final: final, leafHashes: leafHashes)
    }

    // MARK: Members

    /// A set of keys by their numbers, with a power each.
    mutating func members(_ powers: [(UInt8, UInt64)], _ faultModel: FaultModel = .majority) throws -> MemberSet {
        var members: [Member] = []
        for (number, power) in powers {
            let signer = try Self.signer(number, isFast: self.isFast)
            self.signers[signer.publicKey] = signer
            members.append(Member(key: signer.publicKey, power: power))
        }
        guard let set = MemberSet(members, faultModel: faultModel) else { throw Failure(what: "no members") }
        return set
    }

    /// Signed by all present members and all who join.
    private func change(
        to next: MemberSet?, window: UInt64?, _ recovery: RecoveryKeys?, _ agreement: AgreementRule?
    ) throws -> MemberChange? {
        guard next != nil || window != nil || recovery != nil || agreement != nil else { return nil }
        let now = self.state.present.settings
        let settings =
            window == nil && recovery == nil && agreement == nil
            ? nil
            : EpochSettings(
                agreement: agreement ?? now.agreement, submissionWindow: window ?? now.submissionWindow,
                recovery: recovery)
        let present = self.state.present
        let next = next ?? present.members
        var draft = MemberChangeDraft(
            chain: present.chain, epoch: present.epoch, next: next, settings: settings)
        for key in (present.members.members + next.members).map(\.key) {
            if let signer = self.signers[key] { draft.sign(with: signer) }
        }
        return try draft.change(present: present, using: self.verifier)
    }

    /// With the votes of all members of the newest epoch, of the kind that makes a block final with all where there is one.
    func certificate(of header: BlockHeader) -> Certificate {
        let vote = Vote(
            chain: self.state.chain, epoch: header.epoch, view: View(rawValue: header.index.rawValue),
            kind: self.state.present.isFinalWithAll ? .notarise : .finalise, blockHash: header.hash)
        var votes: [Certificate.MemberSignature] = []
        for (place, member) in self.state.members.members.enumerated() {
            guard let signature = self.signers[member.key]?.sign(vote.message) else { continue }
            votes.append(Certificate.MemberSignature(member: UInt16(place), signature: signature))
        }
        return Certificate(
            kind: vote.kind, epoch: vote.epoch, view: vote.view, blockHash: vote.blockHash, votes: votes)
    }

    /// What `LedgerWriter.append` takes.
    struct Appended {
        var final: FinalBlock
        var leafHashes: [Digest]
    }

    static func id(_ number: UInt8) -> SubmissionID {
        SubmissionID(client: [], idempotencyKey: [number])
    }
}
