import CairnHash
import CairnLedger
import CairnStore

/// A small ledger in memory, the same in every run: what fuzzed files are put into.
struct SampleLedger {
    static let key: PrivateKey = {
        guard let key = PrivateKey(seed: [UInt8](repeating: 7, count: PrivateKey.seedByteCount)) else {
            preconditionFailure("any \(PrivateKey.seedByteCount) bytes make a key")
        }
        return key
    }()

    let disk: MemoryDisk
    let chain: Digest

    /// Six blocks of one to six records behind the genesis block, closed.
    static let shared: SampleLedger = {
        do {
            return try SampleLedger()
        } catch {
            preconditionFailure("a ledger can be made in memory: \(error)")
        }
    }()

    private init() throws {
        let key = Self.key
        guard let members = MemberSet([Member(key: key.publicKey, power: 1)], faultModel: .majority) else {
            preconditionFailure("one member is a set")
        }
        let start = Timestamp(microseconds: 1_700_000_000_000_000)
        let genesis = try GenesisSettings(
            name: "example.org/fuzz", message: "", random: Array(0..<16), members: members, submissionWindow: 8
        ).genesisBlock(proposer: key.publicKey, timestamp: start)
        let disk = MemoryDisk()
        try LedgerStore.create(on: disk, genesis: genesis)
        let opened = try LedgerStore.open(on: disk)
        var state = opened.chain
        var writer = opened.takeWriter()
        for number in 1...6 {
            var entries = Entries()
            for record in 0..<number { entries.append(try Record(json: "[\(number),\(record)]")) }
            let leafHashes = entries.leafHashes()
            let made = state.tip.makeBlock(
                entries: entries, leafHashes: leafHashes, submissions: nil, proposer: key.publicKey,
                now: Timestamp(microseconds: start.microseconds + UInt64(number)))
            let vote = Vote(chain: state.chain, epoch: 0, view: 1, kind: .finalise, blockHash: made.hash)
            let certificate = Certificate(
                epoch: vote.epoch, view: vote.view, blockHash: made.hash,
                votes: [.init(member: 0, signature: key.sign(vote.message))])
            try writer.append(FinalBlock(block: made.block, certificate: certificate), leafHashes: leafHashes)
            _ = try writer.sync()
            state.advance(to: made)
        }
        try writer.close()
        self.disk = disk
        self.chain = genesis.header.hash
    }

    /// Opens the ledger with one file replaced, reads all that it then has, and verifies it.
    func open(with path: String, _ bytes: [UInt8]) {
        let disk = self.disk.copy()
        disk.setContents(of: path, to: bytes)
        _ = try? LedgerVerifier.verify(on: disk, options: ValidationOptions(deep: true, workers: 1))
        guard let opened = try? LedgerStore.open(on: disk) else { return }
        let store = opened.store
        for index in 0...min(store.head.index.rawValue, 32) { _ = try? store.block(BlockIndex(rawValue: index)) }
        let size = store.head.treeSize
        for number in 0..<min(size.rawValue, 64) {
            _ = try? store.record(RecordNumber(rawValue: number))
            _ = try? store.inclusionProof(of: RecordNumber(rawValue: number), in: size)
        }
        _ = try? store.memberHistory()
    }
}
