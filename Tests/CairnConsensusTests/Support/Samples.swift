import CairnConsensus
import CairnHash
import CairnLedger

/// A signer that costs nothing: what it signs is checked by making it again.
struct QuickSigner: Signer, SignatureVerifier {
    let publicKey: PublicKey

    init(_ number: UInt8 = 7) throws {
        guard let key = PublicKey(bytes: [UInt8](repeating: number, count: 32)) else { throw Failure() }
        self.publicKey = key
    }

    var verifier: QuickSigner { self }

    struct Failure: Error {}

    func sign(_ message: [UInt8]) -> Signature { Self.signature(of: self.publicKey, message) }

    func isValid(_ signature: Signature, of key: PublicKey, for message: [UInt8]) -> Bool {
        signature == Self.signature(of: key, message)
    }

    private static func signature(of key: PublicKey, _ message: [UInt8]) -> Signature {
        let half = Digest(hashing: key.bytes + message).bytes
        guard let signature = Signature(bytes: half + half) else { preconditionFailure("64 bytes are a signature") }
        return signature
    }
}

enum Samples {
    static let start = Timestamp(microseconds: 1_700_000_000_000_000)
    static let now = Moment(instant: Instant(nanoseconds: 1_000_000_000), timestamp: start)
    static let client = Mempool.Source.client(ClientID(rawValue: 0))

    static func chain(_ key: PublicKey, window: UInt64 = 1_000) throws -> ChainState {
        guard let members = MemberSet([Member(key: key)], faultModel: .majority) else { throw QuickSigner.Failure() }
        let settings = try GenesisSettings(
            name: "test", message: "", random: Array(0..<16), members: members, submissionWindow: window)
        return try ChainState(genesis: settings.genesisBlock(proposer: key, timestamp: Self.start))
    }

    static func machine(
        window: UInt64 = 1_000, records: Int = 100_000, bytes: Int = 64 << 20
    ) throws -> QuickMachine {
        let key = try QuickSigner()
        return VoteMachine(
            chain: try Self.chain(key.publicKey, window: window), headCertificate: nil, key: key,
            memory: .journal([]),
            configuration: VoteConfiguration(capacity: QueueCapacity(records: records, bytes: bytes)),
            idSeed: [1], now: Self.now)
    }

    static func submission(_ id: String? = nil, _ texts: String...) throws -> Submission {
        try Self.submission(id, texts)
    }

    static func submission(_ id: String? = nil, _ texts: [String]) throws -> Submission {
        var entries = Entries()
        for text in texts { entries.append(try Record(json: text)) }
        return try Submission(id: id.map { Self.id($0) }, entries: entries)
    }

    static func id(_ name: String) -> SubmissionID {
        SubmissionID(client: [], idempotencyKey: Array(name.utf8))
    }
}

typealias QuickMachine = VoteMachine<QuickSigner, Simplex>

/// What an effect says, as text that tests compare.
func summary(_ effect: VoteEffect) -> String {
    switch effect {
    case .append(let final, let leafHashes):
        let entries = final.block.entries
        let texts = (0..<entries.count).map { entries[$0].text }.joined(separator: ",")
        let complete = leafHashes == entries.leafHashes() ? "" : ", with other leaf hashes"
        return "store \(final.block.index): \(texts)\(complete)"
    case .accept(let acceptances, let header, let hash):
        let places = acceptances.map { acceptance in
            "\(numbers(acceptance.tickets)) at \(acceptance.place.firstRecord)+\(acceptance.place.count)"
        }
        return "accept \(places.joined(separator: ", ")) in \(header.index)"
            + (hash == header.hash ? "" : ", other hash")
    case .compare(let submission, let ticket, let place):
        return "compare \(ticket.rawValue) (\(submission.entries.count)) with \(place.firstRecord)+\(place.count)"
    case .refuse(let tickets, let refusal):
        return "refuse \(numbers(tickets)): \(refusal)"
    default:
        return "\(effect)"
    }
}

private func numbers(_ tickets: [Ticket]) -> String {
    tickets.map { String($0.rawValue) }.joined(separator: "&")
}

extension Mempool {
    /// Takes a block's submissions as a node does that writes them at once.
    mutating func takeBlock() -> [Waiting] {
        let selected = self.selectBlock()
        for waiting in selected { self.remove(number: waiting.number) }
        return selected
    }
}

extension VoteEvent {
    /// Submissions of one client.
    static func submitted(_ submissions: [(Submission, Ticket)]) -> VoteEvent {
        .submitted(submissions.map { ($0.0, ClientID(rawValue: 0), $0.1) })
    }
}

extension QuickMachine {
    /// Hands one submission in; the answer as text.
    mutating func submit(_ ticket: UInt64, _ submission: Submission) -> [String] {
        self.handle(.submitted([(submission, Ticket(rawValue: ticket))]), now: Samples.now).map(summary)
    }

    mutating func report(_ event: VoteEvent) -> [String] {
        self.handle(event, now: Samples.now).map(summary)
    }

    /// The block of the last effect is durable.
    mutating func reportStored() -> [String] {
        self.report(.appended(through: self.chain.head.index.next()))
    }
}
