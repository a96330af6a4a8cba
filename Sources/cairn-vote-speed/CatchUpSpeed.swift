import CairnConsensus
import CairnHash
import CairnLedger

/// How fast one core verifies what a node that is far behind is given: headers, blocks, and the machine between them.
struct CatchUpSpeed {
    private let key = TimedKey()
    private let node = TimedKey().publicKey
    private let chain: ChainState
    private var blocks: [FinalBlock] = []
    private let bytes: Int
    /// Checking messages, checking runs behind one another, and the machine.
    private var spent = (messages: Duration.zero, runs: Duration.zero, machine: Duration.zero)

    /// - Parameter recordBytes: of each record, at least 16.
    init(megabytes: Int, recordBytes: Int, recordsPerBlock: Int) throws {
        guard let members = MemberSet([Member(key: self.key.publicKey)], faultModel: .bft) else {
            preconditionFailure("one key makes a set")
        }
        let settings = try GenesisSettings(
            name: "cairn-vote-speed", message: "", random: Array(repeating: 0, count: 16), members: members)
        let genesis = settings.genesisBlock(
            proposer: self.key.publicKey, timestamp: Timestamp(microseconds: 0))
        self.chain = try ChainState(genesis: genesis)
        self.blocks = [FinalBlock(block: genesis, certificate: nil)]
        var tip = self.chain.tip
        var number = 0
        var bytes = 0
        while bytes < megabytes * 1_000_000 {
            var entries = Entries()
            for _ in 0..<recordsPerBlock {
                number += 1
                let digits = String(number)
                let padding = String(repeating: "x", count: max(0, recordBytes - 2 - digits.utf8.count))
                entries.append(Record(storedBytes: Array("\"\(padding)\(digits)\"".utf8)))
            }
            let block = tip.makeBlock(
                entries: entries, leafHashes: entries.leafHashes(), submissions: nil, proposer: self.key.publicKey,
                now: Timestamp(microseconds: UInt64(number)))
            let view = View(rawValue: block.block.index.rawValue)
            let vote = Vote(
                chain: self.chain.chain, epoch: tip.epoch, view: view, kind: .finalise, blockHash: block.hash)
            let certificate = Certificate(
                epoch: tip.epoch, view: view, blockHash: block.hash,
                votes: [Certificate.MemberSignature(member: 0, signature: self.key.sign(vote.message))])
            self.blocks.append(FinalBlock(block: block.block, certificate: certificate))
            bytes += block.block.encodedByteCount
            tip = block.tip
        }
        self.bytes = bytes
    }

    /// All of it, from one node that answers at once.
    mutating func run() throws -> String {
        let verifier = self.key.verifier
        var machine = CatchUpMachine(chain: self.chain.chain, tip: self.chain.tip)
        let head = BlockIndex(rawValue: UInt64(self.blocks.count - 1))
        var requests: [CatchUpMessage] = []
        var events: [CatchUpEvent] = [.linked(self.node), .claimed(head: head, by: self.node)]
        while !events.isEmpty || !requests.isEmpty {
            while !events.isEmpty {
                let event = events.removeFirst()
                let now = Instant(nanoseconds: 1)
                for effect in Self.timed(&self.spent.machine, { machine.handle(event, now: now) }) {
                    switch effect {
                    case .send(let message, _): requests.append(message)
                    case .check(let run):
                        let checked = Self.timed(&self.spent.runs) { run.check(using: verifier) }
                        events.append(.checked(checked))
                    case .deliver(let message, _):
                        guard case .finals(let finals) = message.content, let last = finals.last?.block else {
                            continue
                        }
                        events.append(.stored(through: last.block.index, tip: last.tip))
                    case .running, .misbehaved, .halted, .candidate: break
                    }
                }
            }
            guard !requests.isEmpty else { break }
            let answer = self.answer(requests.removeFirst(), head)
            let check = machine.check(using: verifier)
            let checked = try Self.timed(&self.spent.messages) { () throws(CatchUpError) in try check.check(answer) }
            if let checked { events.append(.received(checked, from: self.node)) }
        }
        let done = machine.progress
        let all = self.spent.messages + self.spent.runs + self.spent.machine
        func rate(_ duration: Duration) -> Int { Int(Double(self.bytes) / 1e6 / (duration / .seconds(1))) }
        return "\(done.blocks) blocks, \(done.records) records, \(self.bytes / 1_000_000) MB in "
            + "\(all / .milliseconds(1)) ms of one core: \(rate(all)) MB/s (messages \(rate(self.spent.messages)), "
            + "runs \(rate(self.spent.runs)), machine \(rate(self.spent.machine)))"
    }

    private func answer(_ message: CatchUpMessage, _ head: BlockIndex) -> CatchUpMessage {
        func block(_ index: BlockIndex) -> FinalBlock { self.blocks[Int(index.rawValue)] }
        return switch message {
        case .headersRequest(let first):
            CatchUpServing.headers(from: first, through: head) { BlockOutline(block($0)) }
        case .blocksRequest(let range): CatchUpServing.blocks(range, through: head, block: block)
        case .headers, .blocks, .unavailable: message
        }
    }

    private static func timed<Result, Failure: Error>(
        _ spent: inout Duration, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let clock = ContinuousClock()
        let began = clock.now
        defer { spent += clock.now - began }
        return try body()
    }
}
