import CairnConsensus
import CairnLedger
import Testing

/// What tells two states of a machine apart has to be all that it remembers.
struct FingerprintTests {
    /// The stored fields of the types that a machine consists of, as they were when `encodeState` was last made to fit them. A field
    /// that is new here has to be written there, or named there with the reason why it isn't.
    private static let fields: [String: [String]] = [
        "VoteMachine": [
            "key", "configuration", "idSeed", "idsMade", "hasVote", "chain", "shownHead", "unshown", "round", "blocks",
            "mempool", "change", "forwarding", "isCatchingUp", "isHalted", "storing", "equivocations", "outbox",
            "asking",
            "neighbours", "gathering", "voteLeft", "laterMemory", "target",
        ],
        "Storing": ["block", "batch", "changeTickets"],
        "Round": [
            "epoch", "members", "schedule", "position", "isFinalWithAll", "view", "workBegan", "deadline", "isGivenUp",
            "tellAt", "repeatAt",
            "repeatPause", "proposeAgainAt", "baseView", "baseHash", "baseCertificate", "journaledFinalView",
            "unjournaledNotarisations", "lastVotes", "recordedView", "forgottenView", "unsentProposal", "toldBase",
            "views", "pacemaker", "accused",
        ],
        "LeaderSchedule": ["ends"],
        "ViewState": [
            "proposal", "leaderWasHeard", "leaderVote", "said", "tallies", "notarisation",
            "nullification",
            "own",
        ],
        "Proposal": ["parentView", "block", "vote", "sender", "isPassedOn", "isGood"],
        "Said": ["notarise", "support", "nullify", "finalise"],
        "Choice": ["kind", "blockHash"],
        "Tally": ["power", "votes"],
        "Own": ["notarised", "supported", "hasNullified", "finalised"],
        "LastVotes": ["wait", "failures", "failedView"],
        "Pacemaker": ["min", "max", "mean", "deviation", "failures", "silentTurns"],
        "UnfinishedBlocks": ["nodes", "orphans", "orphansMax"],
        "Node": ["block", "places"],
        "Mempool": ["room", "waiting", "nextNumber", "recordsTaken", "numbers", "queues", "turns"],
        "Waiting": ["number", "submission", "tickets", "source"],
        "Queue": ["numbers", "count"],
        "FairShare": ["capacity", "all", "uses"],
        "Use": ["records", "bytes"],
        "QueueCapacity": ["records", "bytes"],
        "Forwarding": ["sent", "oldest"],
        "Outbox": ["votes", "answers", "lastNumber"],
        "Asking": ["asked"],
        "Asked": ["attempts", "dueAt"],
        "Neighbours": ["heartbeat", "beatAt", "known", "highestHead", "order"],
        "Neighbour": ["status", "helpedAt", "owesFinals"],
        "Status": ["epoch", "view", "head", "headHash", "wantsAnswer"],
        "VoteConfiguration": [
            "capacity", "viewTimeoutMin", "viewTimeoutMax", "repeatAfter", "heartbeat", "timestampAheadMax",
            "unfinishedBlocksMax", "gatherRecordsMax", "gatherBytesMax",
        ],
        "BlockName": ["index", "hash"],
        "Instant": ["nanoseconds"],
        "JournalNumber": ["rawValue"],
        "Ticket": ["rawValue"],
    ]

    /// Every struct of the module inside a value, by name.
    private static func collect(_ value: Any, into found: inout [String: [String]]) {
        let mirror = Mirror(reflecting: value)
        let name = String(reflecting: type(of: value))
        if mirror.displayStyle == .struct, name.hasPrefix("CairnConsensus.") {
            let plain = name.prefix { $0 != "<" }.split(separator: ".").last.map(String.init) ?? name
            // Of a generic type's inner types, the type's parameters come first.
            let inner = name.split(separator: ".").last.map { $0.prefix { $0 != "<" && $0 != ">" } }.map(String.init)
            found[name.last == ">" ? plain : inner ?? plain] = mirror.children.compactMap(\.label)
        }
        for child in mirror.children { self.collect(child.value, into: &found) }
    }

    private static func members() throws -> [QuickSigner] { try (0..<4).map { try QuickSigner(UInt8($0 + 1)) } }

    /// A machine with something in each of its parts.
    private static func busy() throws -> QuickMachine {
        let keys = try self.members()
        let set = try #require(MemberSet(keys.map { Member(key: $0.publicKey) }, faultModel: .bft))
        let settings = try GenesisSettings(name: "test", message: "", random: Array(0..<16), members: set)
        let chain = try ChainState(
            genesis: settings.genesisBlock(proposer: keys[0].publicKey, timestamp: Samples.start))
        var machine = QuickMachine(
            chain: chain, headCertificate: nil, key: keys[0], memory: .journal([]),
            configuration: VoteConfiguration(capacity: QueueCapacity(records: 100, bytes: 1 << 20)), idSeed: [1],
            now: Samples.now)
        let check = MessageCheck(present: chain.present, verifier: keys[0])
        func take(_ message: Message, from sender: Int) throws {
            let checked = try #require(try check.check(message, behind: machine.chain.tip))
            _ = machine.handle(.received(checked, from: keys[sender].publicKey), now: Samples.now)
        }
        _ = machine.submit(1, try Samples.submission("a", "1"))
        let block = chain.tip.makeBlock(
            entries: try Samples.submission(nil, "1").entries, leafHashes: try Samples.submission(nil, "1").leafHashes,
            submissions: nil, proposer: keys[2].publicKey, now: Samples.start)
        let vote = Vote(chain: chain.chain, epoch: 0, view: 1, kind: .finalise, blockHash: block.hash)
        let signed = SignedVote(vote, member: 2, signature: keys[2].sign(vote.message))
        let proposal = Message.Proposal(epoch: 0, view: 1, parentView: 0, block: block.block)
        // Of a view that is yet to come, so that it waits.
        try take(.proposal(Message.Proposal(epoch: 0, view: 3, parentView: 1, block: block.block)), from: 3)
        try take(.proposal(proposal), from: 2)
        try take(.vote(signed), from: 2)
        let status = Message.Status(epoch: 0, view: 1, head: 5, headHash: block.hash, wantsAnswer: false)
        try take(.status(status), from: 1)
        return machine
    }

    @Test func allFieldsAreKnown() throws {
        var found: [String: [String]] = [:]
        Self.collect(try Self.busy(), into: &found)
        var alone = try Samples.machine()
        _ = alone.submit(1, try Samples.submission(nil, "1"))
        Self.collect(alone, into: &found)
        for (name, fields) in found.sorted(by: { $0.key < $1.key }) {
            #expect(fields == Self.fields[name], "\(name) has other fields than the state that tells machines apart")
        }
        for name in Self.fields.keys.sorted() { #expect(found[name] != nil, "there is no \(name) in these machines") }
    }

    private func fingerprint(_ machine: QuickMachine, now: Moment = Samples.now) -> [UInt8] {
        var encoder = StateEncoder(
            now: now.instant,
            bounds: StateEncoder.Bounds(horizon: .seconds(60), isTimeless: false, hasAlikeQuorums: false))
        machine.encodeState(into: &encoder)
        return encoder.bytes
    }

    @Test func statesAreToldApart() throws {
        let first = try Self.busy()
        var second = try Self.busy()
        #expect(self.fingerprint(first) == self.fingerprint(second))
        // What time it is by itself means nothing, how far away things are does.
        let later = Moment(
            instant: Samples.now.instant + .milliseconds(1), timestamp: Samples.now.timestamp)
        #expect(self.fingerprint(first) != self.fingerprint(second, now: later))
        _ = second.handle(
            .timeReached, now: Moment(instant: second.wakeUp ?? later.instant, timestamp: later.timestamp))
        #expect(self.fingerprint(first) != self.fingerprint(second))
    }
}
