package import CairnHash
package import CairnLedger

/// Who sees everything that any honest node calls final, and compares it with everything else.
///
/// It shares no code with the rule: it takes blocks apart from their bytes, computes roots, quorums and members anew,
/// and knows what clients handed in.
package struct Judge {
    /// A block that is final, as the first node that said so had it.
    package struct AgreedBlock {
        var hash: Digest
        var block: Block
        var epoch: UInt64
        var timestamp: UInt64
        var firstRecord: UInt64
        var endRecord: UInt64
    }

    package let chain: Digest
    package let verifier: SimulatedVerifier
    /// Of the next block's epoch, in records.
    package private(set) var window: UInt64
    /// What stands before this record was forgotten in an epoch before, however large the window is now.
    private var windowStart: UInt64 = 0
    /// By index.
    package var blocks: [AgreedBlock] = []
    /// By epoch.
    package var members: [PlainMembers] = []
    /// Each record in order.
    package var records: [[UInt8]] = []
    private var tree = PlainTree()
    /// The newest place of each submission id.
    var places: [[UInt8]: Range<UInt64>] = [:]

    /// What clients handed in: whose record it is.
    var expected: [[UInt8]: (operation: Int, position: Int)] = [:]
    /// By operation: its id, how many records it has, and where they begin, once for each time they were written.
    var operations: [ExpectedOperation] = []
    /// What members that don't lie ever said.
    var cast: [CastPlace: CastVotes] = [:]
    /// The block that a node which doesn't lie proposed first in a view, by node.
    var proposed: [CastPlace: [Int: Digest]] = [:]
    /// Blocks that notarise votes of all members made final, at any node.
    package private(set) var finalWithAll: Set<Digest> = []
    /// The end of the last record that anybody was told of.
    var acknowledgedEnd: UInt64 = 0

    struct ExpectedOperation {
        /// Nil when the accepting node chooses one.
        var id: [UInt8]?
        var count: Int
        var firstRecords: [UInt64] = []
        var acknowledged: UInt64?
    }

    /// The index of the block that holds a record, nil when none does.
    package func block(of record: UInt64) -> Int? {
        self.blocks.firstIndex { $0.firstRecord <= record && record < $0.endRecord }
    }

    package init(genesis: Block, verifier: SimulatedVerifier, window: UInt64) throws(Violation) {
        guard let plain = Self.plain(genesis), let annex = PlainJSON(plain.annex),
            let members = PlainMembers(annex["genesis"])
        else { throw Violation(.validity, "the genesis block can't be read") }
        self.chain = plain.hash
        self.verifier = verifier
        self.window = window
        self.members = [members]
        self.blocks = [
            AgreedBlock(
                hash: plain.hash, block: genesis, epoch: 0, timestamp: plain.timestamp, firstRecord: 0, endRecord: 0)
        ]
    }

    package var head: AgreedBlock { self.blocks[self.blocks.count - 1] }
    /// The epoch of the next block.
    package var epoch: UInt64 { UInt64(self.members.count - 1) }

    private static func plain(_ block: Block) -> PlainBlock? {
        var bytes: [UInt8] = []
        block.encode(into: &bytes)
        return PlainBlock(bytes)
    }

    // MARK: Blocks

    /// A node calls a block final.
    package mutating func finalised(_ final: FinalBlock, by node: Int) throws(Violation) {
        let index = final.block.header.index.rawValue
        if index < self.blocks.count {
            let agreed = self.blocks[Int(index)]
            guard agreed.block == final.block else {
                throw Violation(
                    .agreement, "node \(node) has another block \(index) than the one that was final before")
            }
            try self.check(final.certificate, of: agreed, by: node)
            return
        }
        guard index == self.blocks.count else {
            throw Violation(.validity, "node \(node) finalises block \(index) behind block \(self.blocks.count - 1)")
        }
        let agreed = try self.take(final.block, by: node)
        try self.check(final.certificate, of: agreed, by: node)
    }

    private mutating func check(_ certificate: Certificate?, of block: AgreedBlock, by node: Int) throws(Violation) {
        guard let certificate else { return }
        let members = self.members[Int(block.epoch)]
        if certificate.kind.rawValue == 1 { self.finalWithAll.insert(block.hash) }
        if let problem = members.problem(
            with: certificate, hash: block.hash, epoch: block.epoch, chain: self.chain, verifier: self.verifier)
        {
            throw Violation(.certificate, "node \(node), block \(block.block.header.index): \(problem)")
        }
    }

    /// A submission that ends here or before isn't remembered any more when a block begins at `record`.
    func forgotten(at record: UInt64) -> UInt64 {
        max(self.windowStart, record - min(self.window, record))
    }

    private mutating func take(_ block: Block, by node: Int) throws(Violation) -> AgreedBlock {
        func invalid(_ problem: String) -> Violation {
            Violation(.validity, "block \(block.header.index), final at node \(node): \(problem)")
        }
        guard let plain = Self.plain(block) else { throw invalid("it can't be read") }
        guard plain.index == UInt64(self.blocks.count) else { throw invalid("its index is \(plain.index)") }
        guard plain.previousHash == self.head.hash.bytes else { throw invalid("it follows another block") }
        guard plain.timestamp >= self.head.timestamp else { throw invalid("time goes back") }
        guard plain.epoch == self.epoch else {
            throw Violation(.epochs, "block \(plain.index) is of epoch \(plain.epoch), not \(self.epoch)")
        }
        guard self.members[Int(plain.epoch)].keys.contains(plain.proposer) else {
            throw Violation(.epochs, "block \(plain.index) comes from who is no member of epoch \(plain.epoch)")
        }
        guard plain.work.allSatisfy({ $0 == 0 }) else { throw invalid("it claims work") }
        for record in plain.records { self.tree.append(record: record) }
        guard plain.treeSize == self.head.endRecord + UInt64(plain.records.count) else {
            throw invalid("its tree size is \(plain.treeSize)")
        }
        guard plain.treeRoot == self.tree.root else { throw invalid("its tree root is wrong") }
        let annexHash = plain.annex.isEmpty ? [UInt8](repeating: 0, count: 32) : Digest(hashing: plain.annex).bytes
        guard plain.annexHash == annexHash else { throw invalid("its annex hash is wrong") }
        let annex = plain.annex.isEmpty ? PlainJSON.object([]) : PlainJSON(plain.annex)
        guard let annex, annex.names.allSatisfy({ ["change", "submissions"].contains($0) }) else {
            throw invalid("its annex can't be read")
        }
        guard !plain.records.isEmpty || annex["change"] != nil else { throw invalid("it is empty") }

        let agreed = AgreedBlock(
            hash: plain.hash, block: block, epoch: plain.epoch, timestamp: plain.timestamp,
            firstRecord: self.head.endRecord, endRecord: plain.treeSize)
        try self.takeRecords(of: plain, annex: annex, from: agreed.firstRecord)
        if let change = annex["change"] {
            guard let next = PlainMembers(change, agreement: self.members[Int(plain.epoch)].agreement),
                change["epoch"]?.number == plain.epoch
            else {
                throw Violation(.epochs, "the change in block \(plain.index) can't be read, or is of another epoch")
            }
            self.members.append(next)
            self.windowStart = self.forgotten(at: plain.treeSize)
            if let settings = change["settings"] {
                guard let window = settings["limits"]?["submission_window"]?.number, change["format"]?.number == 2
                else {
                    throw Violation(.epochs, "the settings in block \(plain.index) can't be read")
                }
                self.window = window
            }
        }
        self.blocks.append(agreed)
        return agreed
    }
}
