internal import CairnHash
public import CairnLedger

/// How a node learns where to begin at a ledger's newest block, as a state machine: events and the time go in, effects come
/// out. docs/consensus.md, "Beginning with a snapshot", tells it whole.
///
/// All that is trusted is the genesis block. From there the ends of epochs lead to the present members, whose quorum signed
/// the newest block; through its hashes that vouches for the tree's edge, for the ids in the window, and for its records.
public struct SnapshotMachine: Sendable {
    enum Phase: Sendable {
        /// Members and newest blocks are asked of all.
        case heads(decideAt: Instant?)
        /// Blocks without their records, newest first, of one node after another.
        case outlines
        /// The newest block itself.
        case block
        case over
    }

    package let configuration: SnapshotConfiguration
    package let genesis: Block
    package let key: PublicKey
    package let verifier: any SignatureVerifier

    var phase = Phase.heads(decideAt: nil)
    /// Of the epochs that have ended, as far as they are known.
    package var ends: [EpochEnd] = []
    /// By epoch, one more than `ends`.
    package var members: [EpochMembers]
    /// By when they were linked.
    var order: [PublicKey] = []
    package var banned: Set<PublicKey> = []
    /// What nodes were asked for, with the time when that will have taken too long.
    var owed: [PublicKey: Instant] = [:]
    /// Newest blocks, verified.
    package var heads: [PublicKey: SnapshotMessage.Head] = [:]
    /// Nodes that gave nothing since the phase began.
    package var silent: Set<PublicKey> = []
    var target: SnapshotMessage.Head?
    package var window: WindowFetch?
    /// When nodes that gave nothing are asked once more.
    var retryAt: Instant?

    /// - Parameters:
    ///   - genesis: the genesis block that the node was told of, valid.
    ///   - key: the node's own.
    ///   - verifier: what checks signatures; tests may use something faster than Ed25519.
    public init?(
        genesis: Block, key: PublicKey, configuration: SnapshotConfiguration = SnapshotConfiguration(),
        using verifier: any SignatureVerifier = Ed25519Verifier()
    ) {
        guard let state = try? ChainState(genesis: genesis) else { return nil }
        self.configuration = configuration
        self.genesis = genesis
        self.key = key
        self.verifier = verifier
        self.members = [state.present]
    }

    // MARK: Events

    public mutating func handle(_ event: SnapshotEvent, now: Instant) -> [SnapshotEffect] {
        var turn = SnapshotTurn(now: now)
        if case .over = self.phase { return [] }
        switch event {
        case .linked(let node):
            if !self.banned.contains(node), !self.order.contains(node) { self.order.append(node) }
        case .unlinked(let node):
            self.order.removeAll { $0 == node }
            self.owed[node] = nil
            self.heads[node] = nil
        case .received(let message, let node): self.receive(message, from: node, &turn)
        case .receivedBlocks(let blocks, let node): self.receive(blocks, from: node, &turn)
        case .refusedBlocks(let node): self.giveUp(node, &turn)
        case .timeReached: break
        }
        self.settle(&turn)
        return turn.effects
    }

    private mutating func receive(_ message: SnapshotMessage, from node: PublicKey, _ turn: inout SnapshotTurn) {
        guard self.owed[node] != nil else { return }
        switch message {
        case .request, .outlinesRequest: break
        case .snapshot(let answer):
            guard case .heads = self.phase else { return }
            self.receive(answer, from: node, &turn)
        case .outlines(let outlines):
            guard case .outlines = self.phase else { return }
            self.receive(outlines, from: node, &turn)
        case .unavailable: self.giveUp(node, &turn)
        }
    }

    private mutating func giveUp(_ node: PublicKey, _ turn: inout SnapshotTurn) {
        guard self.owed.removeValue(forKey: node) != nil else { return }
        self.silent.insert(node)
        self.retryAt = self.retryAt ?? turn.now + self.configuration.answerTimeout
    }

    mutating func ban(_ node: PublicKey, because error: SnapshotError, _ turn: inout SnapshotTurn) {
        self.banned.insert(node)
        self.order.removeAll { $0 == node }
        self.owed[node] = nil
        self.heads[node] = nil
        turn.effects.append(.misbehaved(node, error))
    }

    mutating func finish(_ result: SnapshotResult, _ turn: inout SnapshotTurn) {
        self.phase = .over
        self.owed = [:]
        self.window = nil
        turn.effects.append(.finished(result))
    }

    // MARK: What is due

    private mutating func settle(_ turn: inout SnapshotTurn) {
        for node in self.order {
            if let until = self.owed[node], until <= turn.now { self.giveUp(node, &turn) }
        }
        if let retryAt, retryAt <= turn.now {
            self.retryAt = nil
            self.silent = []
        }
        if case .heads = self.phase { self.settleHeads(&turn) }
        switch self.phase {
        case .outlines, .block: self.askOne(&turn)
        case .heads, .over: break
        }
    }

    private mutating func settleHeads(_ turn: inout SnapshotTurn) {
        for node in self.order
        where self.owed[node] == nil && self.heads[node] == nil && !self.silent.contains(node) {
            self.owed[node] = turn.now + self.configuration.answerTimeout
            turn.effects.append(.send(.request(from: Epoch(self.ends.count)), to: node))
        }
        guard case .heads(let decideAt) = self.phase, !self.heads.isEmpty else { return }
        let at = decideAt ?? turn.now + self.configuration.gatherTime
        self.phase = .heads(decideAt: at)
        guard at <= turn.now || self.heads.count >= self.configuration.headsMax else { return }
        self.decide(&turn)
    }

    /// Takes the highest of the newest blocks: an old one is no lie, but only old.
    private mutating func decide(_ turn: inout SnapshotTurn) {
        let heads = self.order.compactMap { self.heads[$0] }
        guard let target = heads.max(by: { $0.header.index < $1.header.index }) else { return }
        guard target.header.index.rawValue >= self.configuration.blocksMin else {
            return self.finish(.short(head: target.header.index), &turn)
        }
        let members = self.members[Int(target.header.epoch.rawValue)]
        guard members.members.position(of: self.key) == nil else {
            return self.finish(.member(members.epoch), &turn)
        }
        self.target = target
        self.window = WindowFetch(of: self.members[Int(target.parent.epoch.rawValue)], last: target.parent)
        self.owed = [:]
        self.silent = []
        self.retryAt = nil
        self.phase = .outlines
    }

    /// Asks one node for what is next, the ones that have it first.
    private mutating func askOne(_ turn: inout SnapshotTurn) {
        guard self.owed.isEmpty, let target, let window else { return }
        let candidates = self.order.filter { !self.silent.contains($0) }
        let node = candidates.first { self.heads[$0].map { $0.header.index >= target.header.index } ?? false }
        guard let node = node ?? candidates.first else { return }
        self.owed[node] = turn.now + self.configuration.answerTimeout
        if case .outlines = self.phase {
            turn.effects.append(.send(.outlinesRequest(through: window.next.index), to: node))
        } else {
            turn.effects.append(.sendBlockRequest(target.header.index, to: node))
        }
    }

    /// When `.timeReached` is wanted, nil when nothing is due.
    public var wakeUp: Instant? {
        var due = Array(self.owed.values) + [self.retryAt].compactMap { $0 }
        if case .heads(let decideAt?) = self.phase { due.append(decideAt) }
        return due.min()
    }

    /// Changes with everything that came and was of use: for whoever waits.
    public var progress: String {
        let phase =
            switch self.phase {
            case .heads: "heads"
            case .outlines: "outlines"
            case .block: "block"
            case .over: "over"
            }
        let left = self.window.map { "\($0.next.index)" } ?? "-"
        return "\(phase) \(self.ends.count) \(self.heads.count) \(left)"
    }
}

/// One event being handled: the time, and what has come out so far.
package struct SnapshotTurn {
    let now: Instant
    var effects: [SnapshotEffect] = []
}
