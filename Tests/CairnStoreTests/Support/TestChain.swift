import CairnHash
import CairnLedger
import CairnStore

/// A chain of one member that a test grows block by block, and all that a store must know about it afterwards.
struct TestChain {
    struct Failure: Error {
        var what: String
    }

    let key: PrivateKey
    let genesis: Block
    /// States behind each block, from the genesis block on.
    private(set) var states: [ChainState]
    private(set) var blocks: [FinalBlock]
    /// Leaf hashes of all records.
    private(set) var leafHashes: [Digest] = []
    /// All ids that were submitted.
    private(set) var ids: [SubmissionID] = []

    init(submissionWindow: UInt64 = 6, message: String = "m") throws {
        guard let key = PrivateKey(seed: Array(repeating: 7, count: PrivateKey.seedByteCount)),
            let members = MemberSet([Member(key: key.publicKey)], faultModel: .majority)
        else { throw Failure(what: "no key or members") }
        let settings = try GenesisSettings(
            name: "t", message: message, random: Array(0..<16), members: members, submissionWindow: submissionWindow)
        self.key = key
        self.genesis = settings.genesisBlock(proposer: key.publicKey, timestamp: Timestamp(microseconds: 1_000))
        self.states = [try ChainState(genesis: self.genesis)]
        self.blocks = [FinalBlock(block: self.genesis, certificate: nil)]
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
    @discardableResult
    mutating func grow(_ submissions: [[String]], ids: [Int: SubmissionID] = [:]) throws -> Appended {
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
            proposer: self.key.publicKey, now: Timestamp(microseconds: 1_000 + UInt64(self.blocks.count)))
        let final = FinalBlock(block: proposed.block, certificate: self.certificate(of: proposed.block.header))
        try state.apply(final.block, leafHashes: leafHashes)
        self.states.append(state)
        self.blocks.append(final)
        self.leafHashes.append(contentsOf: leafHashes)
        return Appended(final: final, leafHashes: leafHashes)
    }

    func certificate(of header: BlockHeader) -> Certificate {
        let vote = Vote(
            chain: self.state.chain, epoch: header.epoch, view: View(rawValue: header.index.rawValue), kind: .finalise,
            blockHash: header.hash)
        return Certificate(
            epoch: vote.epoch, view: vote.view, blockHash: vote.blockHash,
            votes: [Certificate.MemberSignature(member: 0, signature: self.key.sign(vote.message))])
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
