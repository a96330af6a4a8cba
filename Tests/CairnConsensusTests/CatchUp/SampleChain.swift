import CairnConsensus
import CairnHash
import CairnLedger
import TestSupport

/// A chain that was agreed on before a test begins, with certificates of keys that cost nothing.
struct SampleChain {
    let genesis: Block
    let chain: Digest
    private(set) var blocks: [FinalBlock]
    private(set) var tip: ChainTip
    private let keys: [QuickSigner]
    private var view: View = 1

    /// Of keys 1, 2 and 3; behind some blocks, key 4 joins, or leaves again.
    ///
    /// - Parameter windows: of the epochs after the first one, in turn; none: they have the first one's.
    init(
        blocks: Int, epochEvery: Int = .max, certificateEvery: Int = 1, records: ClosedRange<Int> = 1...3,
        padding: Int = 0, window: UInt64 = Limits.submissionWindowDefault, windows: [UInt64] = [],
        _ random: inout SplitMix64
    ) throws {
        self.keys = try (1...4).map { try QuickSigner($0) }
        let settings = try GenesisSettings(
            name: "test", message: "", random: Array(0..<16), members: try Self.members(self.keys.prefix(3)),
            submissionWindow: window)
        self.genesis = settings.genesisBlock(proposer: self.keys[0].publicKey, timestamp: Samples.start)
        let state = try ChainState(genesis: self.genesis)
        self.chain = state.chain
        self.tip = state.tip
        self.blocks = [FinalBlock(block: self.genesis, certificate: nil)]
        for index in 1...blocks {
            let isEpochEnd = index.isMultiple(of: epochEvery)
            let texts = (0..<Int.random(in: records, using: &random)).map { place in
                "\"\(index).\(place)" + String(repeating: "x", count: padding) + "\""
            }
            try self.append(
                texts, change: isEpochEnd ? self.change(windows) : nil,
                isCertified: isEpochEnd || index == blocks || Int.random(in: 0..<certificateEvery, using: &random) == 0)
        }
    }

    var head: BlockIndex { BlockIndex(self.blocks.count - 1) }

    subscript(index: BlockIndex) -> FinalBlock { self.blocks[Int(index.rawValue)] }

    private mutating func append(_ texts: [String], change: MemberChange?, isCertified: Bool) throws {
        var entries = Entries()
        for text in texts { entries.append(Record(storedBytes: Array(text.utf8))) }
        let members = self.tip.members
        let block = self.tip.makeBlock(
            entries: entries, leafHashes: entries.leafHashes(),
            submissions: SubmissionList([
                SubmissionList.Item(id: Samples.id("\(self.head)"), offsets: 0..<texts.count)
            ]),
            change: change, proposer: members.members[0].key, now: self.tip.header.timestamp)
        let certificate = self.certificate(of: block.hash, epoch: self.tip.epoch, members)
        self.blocks.append(FinalBlock(block: block.block, certificate: isCertified ? certificate : nil))
        self.view = change == nil ? self.view.next() : 1
        self.tip = block.tip
    }

    /// Adds a block that changes the settings to what only a later version knows. Nothing can come after it.
    ///
    /// - Parameter isCertified: false: its certificate is of another block.
    mutating func appendNewerSettings(isCertified: Bool = true) throws {
        let members = self.tip.members
        var block = self.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil, change: try self.change([7]),
            proposer: members.members[0].key, now: self.tip.header.timestamp
        ).block
        let other = self.certificate(of: block.header.hash, epoch: self.tip.epoch, members)
        let text = String(decoding: block.annexBytes, as: UTF8.self).replacing("simplex-1", with: "simplex-3")
        block.annexBytes = Array(text.utf8)
        block.header.annexHash = Digest(hashing: block.annexBytes)
        let own = self.certificate(of: block.header.hash, epoch: self.tip.epoch, members)
        self.blocks.append(FinalBlock(block: block, certificate: isCertified ? own : other))
    }

    private func certificate(of hash: Digest, epoch: Epoch, _ members: MemberSet) -> Certificate {
        let vote = Vote(chain: self.chain, epoch: epoch, view: self.view, kind: .finalise, blockHash: hash)
        return Certificate(
            epoch: epoch, view: self.view, blockHash: hash, votes: self.signatures(members, vote.message))
    }

    /// What the members of the newest epoch would say of another block of theirs.
    func certificate(of header: BlockHeader) -> Certificate {
        self.certificate(of: header.hash, epoch: header.epoch, self.tip.members)
    }

    private func signatures(_ members: MemberSet, _ message: [UInt8]) -> [Certificate.MemberSignature] {
        members.members.enumerated().compactMap { place, member in
            self.keys.first { $0.publicKey == member.key }.map {
                Certificate.MemberSignature(member: UInt16(place), signature: $0.sign(message))
            }
        }
    }

    private func change(_ windows: [UInt64]) throws -> MemberChange {
        let window = windows.isEmpty ? nil : windows[Int(self.tip.epoch.rawValue) % windows.count]
        let settings = window.flatMap { EpochSettings(submissionWindow: $0) }
        let present = self.tip.members
        let next = try Self.members(present.members.count == 3 ? self.keys[...] : self.keys.prefix(3))
        let message = MemberChange.message(chain: self.chain, epoch: self.tip.epoch, next: next, settings: settings)
        return MemberChange(
            epoch: self.tip.epoch, next: next, settings: settings, signatures: self.signatures(present, message),
            joining: next.members.count == 4 ? [self.keys[3].sign(message)] : [])
    }

    private static func members(_ keys: ArraySlice<QuickSigner>) throws -> MemberSet {
        guard let set = MemberSet(keys.map { Member(key: $0.publicKey) }, faultModel: .bft) else {
            throw QuickSigner.Failure()
        }
        return set
    }
}
