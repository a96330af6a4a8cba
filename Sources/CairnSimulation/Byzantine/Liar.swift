import CairnConsensus
import CairnHash
import CairnLedger

/// A member that lies. It runs the real machine without a disk, and makes something else of what that wants said.
///
/// It signs with its own key only: what it says in another's name is a forgery that has to be found out.
final class Liar {
    /// A message on its way, and how much later than at once it leaves.
    struct Sending {
        var message: NodeMessage
        var to: Int
        var delay: WorldTime = 0
    }

    /// What a liar knows of the others.
    struct Directory {
        /// By node.
        var keys: [PublicKey]

        func node(of key: PublicKey) -> Int? { self.keys.firstIndex(of: key) }
    }

    /// One machine, and the nodes that meet it.
    private struct Side {
        var machine: any Machine
        var check: MessageCheck<SimulatedVerifier>
        var blocks: [FinalBlock] = []
    }

    let node: Int
    let kind: LieKind
    let key: SimulatedKey
    let chain: Digest
    private var sides: [Side]
    /// What it thinks up, as its kind does.
    var draw: SeededGenerator
    /// Blocks that it proposed, each with the other one that it proposed in its place.
    var twins: [Digest: Digest] = [:]
    /// The newest proposal of another.
    var heard: Message.Proposal?
    /// What it heard and said, to say it again.
    var memory: [NodeMessage] = []
    /// Blocks that it made up for somebody who caught up.
    var invented: [FinalBlock] = []
    /// Said nothing until then.
    var silentUntil: WorldTime = 0
    /// Blocks of its own, and who isn't shown them.
    var hidden: [Digest: Hiding] = [:]
    /// Final blocks that it proposed once more, by the view.
    var revived: [CastPlace: Digest] = [:]
    /// Views in which it said that it voted for what is final.
    var claimed: Set<CastPlace> = []
    /// Blocks that it exchanged for one that nobody's clock allows yet.
    var ahead: Set<Digest> = []
    /// Votes that it heard, to make certificates of.
    var votes: [SignedVote] = []
    var done = LieCount()

    init(
        node: Int, kind: LieKind, key: SimulatedKey, genesis: Block, chain: ChainState, maker: MachineMaker,
        verifier: SimulatedVerifier, draw: SeededGenerator, now: Moment
    ) {
        self.node = node
        self.kind = kind
        self.key = key
        self.chain = chain.chain
        var draw = draw
        let count = kind == .split ? 2 : 1
        self.sides = (0..<count).map { _ in
            let machine = maker.make(
                chain: chain, headCertificate: nil, key: key, memory: .journal([]), idSeed: draw.bytes(16),
                now: now)
            return Side(
                machine: machine,
                check: MessageCheck(present: chain.present, verifier: verifier),
                blocks: [FinalBlock(block: genesis, certificate: nil)])
        }
        self.draw = draw
    }

    var wakeUp: Instant? { self.sides.compactMap(\.machine.wakeUp).min() }

    // MARK: Events

    func start(now: Moment, at time: WorldTime, _ directory: Directory) -> [Sending] {
        self.toAllSides(.started, now: now, at: time, directory)
    }

    func wake(now: Moment, at time: WorldTime, _ directory: Directory) -> [Sending] {
        var sendings: [Sending] = []
        for side in self.sides.indices where self.sides[side].machine.wakeUp.map({ $0 <= now.instant }) ?? false {
            self.handle(.timeReached, side: side, now: now, at: time, directory, &sendings)
        }
        return sendings
    }

    func submit(
        _ submission: Submission, client: ClientID, ticket: Ticket, now: Moment, at time: WorldTime,
        _ directory: Directory
    ) -> [Sending] {
        self.toAllSides(
            .submitted([(submission: submission, client: client, ticket: ticket)]), now: now, at: time, directory)
    }

    private func toAllSides(
        _ event: VoteEvent, now: Moment, at time: WorldTime, _ directory: Directory
    ) -> [Sending] {
        var sendings: [Sending] = []
        for side in self.sides.indices { self.handle(event, side: side, now: now, at: time, directory, &sendings) }
        return sendings
    }

    func receive(
        _ message: NodeMessage, from sender: Int, now: Moment, at time: WorldTime, _ directory: Directory
    ) -> [Sending] {
        var sendings: [Sending] = []
        let side = self.side(for: sender)
        guard case .vote(let message) = message else {
            if case .catchUp(let request) = message {
                self.serve(
                    request, blocks: self.sides[side].blocks, tip: self.sides[side].machine.tip, to: sender, at: time,
                    &sendings)
            }
            return sendings
        }
        let machine = self.sides[side].machine
        if machine.wants(message), let checked = try? self.sides[side].check.check(message, behind: machine.tip) {
            self.handle(
                .received(checked, from: directory.keys[sender]), side: side, now: now, at: time, directory, &sendings)
        }
        self.hear(message, from: sender, at: time, directory, &sendings)
        return sendings
    }

    private func side(for other: Int) -> Int { other % self.sides.count }

    /// The members that its machine knows.
    var members: MemberSet { self.sides[0].machine.members }
    var epoch: Epoch { self.sides[0].machine.epoch }
    var view: View { self.sides[0].machine.view }
    /// Whether notarise votes of all members make a block final.
    var isFinalWithAll: Bool { self.sides[0].check.present.isFinalWithAll }
    /// From the genesis block on.
    var finalBlocks: [FinalBlock] { self.sides[0].blocks }
    /// Its place among the members, nil when it is none.
    var place: UInt16? { self.members.position(of: self.key.publicKey).map(UInt16.init) }

    // MARK: Effects

    private func handle(
        _ first: VoteEvent, side: Int, now: Moment, at time: WorldTime, _ directory: Directory,
        _ sendings: inout [Sending]
    ) {
        var events = [first]
        while !events.isEmpty {
            let event = events.removeFirst()
            var journaled: JournalNumber?
            var appended: BlockIndex?
            for effect in self.sides[side].machine.handle(event, now: now) {
                switch effect {
                case .journal(_, let number): journaled = number
                case .append(let final, _):
                    self.sides[side].blocks.append(final)
                    appended = final.block.index
                case .send(let message, let destination):
                    let targets = self.targets(of: destination, side: side, directory)
                    self.say(message, to: targets, at: time, directory, &sendings)
                case .sendFinals(let index, let key):
                    if let target = directory.node(of: key), let message = self.finals(from: index, side: side) {
                        self.say(message, to: [target], at: time, directory, &sendings)
                    }
                case .epochBegan(let present):
                    self.sides[side].check = MessageCheck(
                        present: present, verifier: self.sides[side].check.verifier)
                case .accept, .compare, .refuse, .acceptChange, .refuseChange, .found, .lostVote, .halted, .misbehaved:
                    break
                }
            }
            // Without a disk, everything is stored at once.
            if let journaled { events.append(.journaled(through: journaled)) }
            if let appended { events.append(.appended(through: appended)) }
        }
    }

    private func targets(of destination: VoteEffect.Destination, side: Int, _ directory: Directory) -> [Int] {
        let nodes: [Int] =
            switch destination {
            case .node(let key): directory.node(of: key).map { [$0] } ?? []
            case .everybody: Array(directory.keys.indices)
            case .members: self.sides[side].machine.members.members.compactMap { directory.node(of: $0.key) }
            }
        return nodes.filter { $0 != self.node && self.side(for: $0) == side }
    }

    private func finals(from first: BlockIndex, side: Int) -> Message? {
        let blocks = self.sides[side].blocks.dropFirst(Int(clamping: first.rawValue))
        guard let epoch = blocks.first?.block.header.epoch else { return nil }
        let finals = blocks.prefix { $0.block.header.epoch == epoch }.prefix(16)
        guard let end = finals.lastIndex(where: { $0.certificate != nil }) else { return nil }
        return .finals(Array(finals[...end]))
    }
}
