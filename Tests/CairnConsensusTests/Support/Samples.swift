import CairnConsensus
import CairnHash
import CairnLedger

/// A signer that costs nothing: what it signs is checked by making it again.
struct QuickSigner: Signer {
    let publicKey: PublicKey

    init() throws {
        guard let key = PublicKey(bytes: [UInt8](repeating: 7, count: 32)) else { throw Failure() }
        self.publicKey = key
    }

    struct Failure: Error {}

    func sign(_ message: [UInt8]) -> Signature {
        let half = Digest(hashing: message).bytes
        guard let signature = Signature(bytes: half + half) else { preconditionFailure("64 bytes are a signature") }
        return signature
    }
}

enum Samples {
    static let start = Timestamp(microseconds: 1_700_000_000_000_000)

    static func chain(_ key: PublicKey, window: UInt64 = 1_000) throws -> ChainState {
        guard let members = MemberSet([Member(key: key)], faultModel: .majority) else { throw QuickSigner.Failure() }
        let settings = try GenesisSettings(
            name: "test", message: "", random: Array(0..<16), members: members, submissionWindow: window)
        return try ChainState(genesis: settings.genesisBlock(proposer: key, timestamp: Self.start))
    }

    static func machine(
        window: UInt64 = 1_000, records: Int = 100_000, bytes: Int = 64 << 20
    ) throws -> VoteMachine<QuickSigner> {
        let key = try QuickSigner()
        return VoteMachine(
            chain: try Self.chain(key.publicKey, window: window), key: key,
            capacity: Mempool.Capacity(records: records, bytes: bytes))
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

/// What an effect says, as text that tests compare.
func summary(_ effect: VoteMachine<QuickSigner>.Effect) -> String {
    switch effect {
    case .store(let final, let leafHashes):
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
    }
}

private func numbers(_ tickets: [Ticket]) -> String {
    tickets.map { String($0.rawValue) }.joined(separator: "&")
}

extension VoteMachine<QuickSigner> {
    /// Hands one submission in; the answer as text.
    mutating func submit(_ ticket: UInt64, _ submission: Submission) -> [String] {
        self.handle(.submitted([(submission, Ticket(rawValue: ticket))]), now: Samples.start).map(summary)
    }

    mutating func report(_ event: Event) -> [String] {
        self.handle(event, now: Samples.start).map(summary)
    }
}
