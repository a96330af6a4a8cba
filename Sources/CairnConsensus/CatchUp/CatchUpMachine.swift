public import CairnHash
public import CairnLedger

/// How a node that is far behind gets final blocks, as a state machine beside the vote machine: events and the time go in,
/// effects come out. docs/consensus.md, "Catching up", tells it whole.
///
/// First come headers with their certificates, from one node at a time; then, behind verified headers, the blocks, in ranges,
/// from several nodes at once. What a block holds is compared with its header on the way, so that a lie is noticed when it
/// comes, and whose it is.
///
/// Nothing has to be remembered: after a restart, it goes on from the newest durable block.
public struct CatchUpMachine: Sendable {
    /// An answer with blocks is never longer, in bytes of encoded blocks: as long as a message of many, or as a single block.
    public static let answerBytesMax = max(
        CatchUpServing.blocksBytesMax, BlockHeader.byteCount + 4 + Limits.blockBytesMax)
    /// With its leaf hashes.
    static let reservedBytesMax = answerBytesMax + Int(BlockFetch.rangeRecordsMax) * Digest.byteCount

    package let chain: Digest
    package let configuration: CatchUpConfiguration
    /// The node's own; nil where it is nobody's who could be a member.
    private let key: PublicKey?

    /// Behind the newest checked block, or the vote machine's own.
    package var tip: ChainTip
    package var stored: BlockIndex
    var skeleton: Skeleton
    /// Who gave the skeleton's parts, each with the index of its last header.
    var skeletonGivers: [(last: BlockIndex, node: PublicKey)] = []
    var fetch: BlockFetch
    /// Whether a run is being checked.
    var isChecking = false
    /// Blocks that were delivered and are not durable yet: the last one's index and the bytes of each run.
    var delivered: [(last: BlockIndex, bytes: Int)] = []
    package var isRunning = false
    /// A certified block breaks a rule.
    var isHalted = false
    /// When a block that all others wait for is asked for once more.
    var hedgeAt: Instant?

    package var nodes: [PublicKey: CatchUpNode] = [:]
    /// By when they were linked, so that whatever is done for all is done in one order.
    var order: [PublicKey] = []
    package var banned: Set<PublicKey> = []
    var repairs = Repairs()
    var done = (blocks: UInt64(0), records: UInt64(0), bytes: UInt64(0))

    /// - Parameters:
    ///   - chain: the hash of the genesis block.
    ///   - tip: behind the newest durable block.
    ///   - key: the node's own: the only member takes no blocks over.
    public init(
        chain: Digest, tip: ChainTip, key: PublicKey? = nil,
        configuration: CatchUpConfiguration = CatchUpConfiguration()
    ) {
        self.chain = chain
        self.key = key
        self.configuration = configuration
        self.tip = tip
        self.stored = tip.header.index
        self.skeleton = Skeleton(SkeletonEnd(tip))
        self.fetch = BlockFetch(from: tip.header.index.next())
    }

    // MARK: Events

    public mutating func handle(_ event: CatchUpEvent, now: Instant) -> [CatchUpEffect] {
        var turn = CatchUpTurn(now: now)
        switch event {
        case .linked(let node): self.link(node)
        case .unlinked(let node): self.unlink(node)
        case .claimed(let head, let node):
            // Each node says this every second, and nearly always nothing follows from it.
            guard let known = self.nodes[node]?.claimed, known != head else { return [] }
            self.nodes[node]?.claimed = head
        case .received(let message, let node): self.receive(message.content, from: node, &turn)
        case .refused(.epochEnd(let index, .annex(let error)), let node) where error.isOfNewerVersion:
            // A quorum has signed the block: who passes it on doesn't lie.
            self.halt(at: index, .annex(error), &turn)
            // It owes nothing more for headers that are of no use here.
            if !self.isHalted { self.leaveAlone(node, turn.now) }
        case .refused(let error, let node): self.ban(node, because: error, &turn)
        case .checked(let run): self.take(run, &turn)
        case .stored(let index, let tip): self.advance(stored: index, tip: tip)
        case .timeReached: break
        case .repair(let index, let hash): self.repairs.want(index, hash: hash)
        case .judged(let index, let isGood): self.judge(index, isGood: isGood, &turn)
        case .repairEnded(let index): self.repairs.end(index)
        }
        self.settle(&turn)
        return turn.effects
    }

    /// Does what has become possible or due.
    private mutating func settle(_ turn: inout CatchUpTurn) {
        self.watchTime(turn.now)
        if self.follows {
            self.formRun(&turn)
            self.askForHeaders(&turn)
            self.askForBlocks(&turn)
        } else {
            // Who asks for nothing needs not be woken for it.
            self.hedgeAt = nil
        }
        self.askForRepairs(&turn)
        self.tellWhetherRunning(&turn)
    }

    private mutating func tellWhetherRunning(_ turn: inout CatchUpTurn) {
        // Between two messages of headers it doesn't stop.
        let goesOn = self.isRunning && self.nodes.values.contains(where: \.owesHeaders)
        let isRunning = self.follows && (!self.skeleton.isEmpty || goesOn)
        guard isRunning != self.isRunning else { return }
        self.isRunning = isRunning
        turn.effects.append(.running(isRunning))
    }

    /// The only member is the one who makes blocks final: what others say is final isn't.
    var isAlone: Bool { self.key.map { self.tip.members.isOnly($0) } ?? false }

    /// Whether blocks of others are taken over. Single ones for repairs are in any case.
    private var follows: Bool { !self.isHalted && !self.isAlone }

    // MARK: Looking in

    /// When `.timeReached` is wanted, nil when nothing is due.
    public var wakeUp: Instant? {
        var due = self.hedgeAt.orEarlier(self.repairs.nextAt)
        let target = self.isRunning ? self.skeleton.end.index : self.tip.header.index
        for node in self.nodes.values {
            due = due.orEarlier(node.deadline)
            if node.claimed > target || !self.skeleton.isEmpty || !self.repairs.isEmpty {
                due = due.orEarlier(node.restUntil)
            }
        }
        return due
    }

    /// Whether a message is an answer to something that its sender was asked for: looked at before it is checked.
    public func wants(_ message: CatchUpMessage, from node: PublicKey) -> Bool {
        guard let asked = self.nodes[node] else { return false }
        switch message {
        case .headers(let links):
            // An empty one is a lie.
            return links.first.map { asked.wasAsked(.headers(from: $0.header.index)) } ?? asked.owesHeaders
        case .blocks(let blocks):
            return blocks.first.map { asked.wasAsked(.blocks($0.block.index...$0.block.index)) }
                ?? !asked.owedRanges.isEmpty
        case .unavailable(let index):
            return asked.wasAsked(.blocks(index...index)) || asked.wasAsked(.headers(from: index))
        case .headersRequest, .blocksRequest: return false
        }
    }

    /// What the message that comes next is to be checked with.
    public func check<Verifier: SignatureVerifier>(using verifier: Verifier) -> CatchUpCheck<Verifier, CertifiedChain> {
        self.check(using: verifier, by: CertifiedChain.self)
    }

    /// The same by a rule that the caller chooses: any other than `CertifiedChain` is a mistake.
    public func check<Verifier: SignatureVerifier, Rule: CatchUpRule>(
        using verifier: Verifier, by rule: Rule.Type
    ) -> CatchUpCheck<Verifier, Rule> {
        CatchUpCheck(end: self.skeleton.end, verifier: verifier)
    }

    public var progress: CatchUpProgress {
        let claimed = self.nodes.values.filter { !$0.isResting }.map(\.claimed).max() ?? 0
        return CatchUpProgress(
            isRunning: self.isRunning, stored: self.stored, verified: self.skeleton.end.index,
            claimed: max(claimed, self.skeleton.end.index), blocks: self.done.blocks, records: self.done.records,
            bytes: self.done.bytes, waitingBytes: self.waitingBytes,
            nodes: self.order.filter { self.nodes[$0]?.gaveBlocks == true })
    }

    package var waitingBytes: Int {
        self.fetch.arrivedBytes + self.delivered.reduce(0) { $0 + $1.bytes }
            + self.nodes.values.reduce(0) { $0 + $1.reservedBytes }
    }
}

/// One event being handled: the time, and what has come out so far.
package struct CatchUpTurn {
    let now: Instant
    var effects: [CatchUpEffect] = []
}
