import CairnConsensus
import CairnHash
import CairnLedger
import CairnPeers

/// Values that are the same in every run. What is signed in them need not be right: links don't look at it.
enum Samples {
    static let chain = Digest(hashing: Array("a chain".utf8))
    static let otherChain = Digest(hashing: Array("another chain".utf8))
    static let start = Timestamp(microseconds: 1_700_000_000_000_000)

    static func key(_ seed: UInt8) -> PrivateKey {
        guard let key = PrivateKey(seed: [UInt8](repeating: seed, count: PrivateKey.seedByteCount)) else {
            preconditionFailure("any \(PrivateKey.seedByteCount) bytes make a key")
        }
        return key
    }

    static func identity(_ seed: UInt8, chain: Digest = Samples.chain) -> PeerIdentity {
        PeerIdentity(key: key(seed), chain: chain)
    }

    static func status(_ view: UInt64) -> NodeMessage {
        .vote(.status(.init(epoch: 1, view: View(rawValue: view), head: 3, headHash: chain, wantsAnswer: false)))
    }

    static func entries(_ count: Int, byteCount: Int) -> Entries {
        var entries = Entries()
        for number in 0..<count {
            let digit = UInt8(ascii: "0") + UInt8(number % 10)
            entries.append(
                Record(storedBytes: [0x22] + [UInt8](repeating: digit, count: max(0, byteCount - 2)) + [0x22]))
        }
        return entries
    }

    static func block(records: Int = 3, byteCount: Int = 40, annexBytes: [UInt8] = []) -> Block {
        Block(
            header: BlockHeader(
                index: 7, timestamp: start, previousHash: chain, treeSize: 90, treeRoot: otherChain,
                annexHash: .zero, proposer: key(1).publicKey, epoch: 2),
            annexBytes: annexBytes, entries: entries(records, byteCount: byteCount))
    }

    static func certificate(_ kind: Vote.Kind = .finalise, votes: UInt16 = 3) -> Certificate {
        let signature = key(1).sign([1])
        return Certificate(
            kind: kind, epoch: 2, view: 9, blockHash: kind == .nullify ? .zero : chain,
            votes: (0..<votes).map { .init(member: $0 * 2, signature: signature) })
    }

    static var vote: SignedVote {
        let vote = Vote(chain: chain, epoch: 2, view: 9, kind: .notarise, blockHash: otherChain)
        return SignedVote(vote, member: 3, signature: key(1).sign(vote.message))
    }

    static var change: MemberChange {
        guard let next = MemberSet([Member(key: key(1).publicKey), Member(key: key(2).publicKey)], faultModel: .bft)
        else { preconditionFailure("two members are a set") }
        let message = MemberChange.message(chain: chain, epoch: 4, next: next)
        return MemberChange(
            epoch: 4, next: next, signatures: [.init(member: 0, signature: key(1).sign(message))],
            joining: [key(2).sign(message)])
    }

    /// Of the second format.
    static var changeOfSettings: MemberChange {
        var change = self.change
        change.settings = EpochSettings(submissionWindow: 77)
        return change
    }

    static func submission(_ id: String?) throws -> Submission {
        try Submission(
            id: id.map { SubmissionID(client: [], idempotencyKey: Array($0.utf8)) },
            entries: entries(2, byteCount: 30))
    }

    static var noteKeys: CertifiedNoteKeys {
        CertifiedNoteKeys(
            member: key(1).publicKey, log: key(2).publicKey, cosigner: key(3).publicKey, signature: key(1).sign([2]))
    }

    static var snapshot: SnapshotMessage {
        let header = block().header
        let end = EpochEnd(header: header, annexBytes: [1, 2, 3], certificate: certificate())
        let edge = [Digest](repeating: chain, count: TreeEdge.hashCount(size: header.treeSize))
        return .snapshot(
            .init(
                ends: [end, end], head: .init(header: header, certificate: certificate(), parent: header, edge: edge)))
    }

    /// Each kind of message, some of them in several forms.
    static func messages() throws -> [NodeMessage] {
        let final = FinalBlock(block: block(), certificate: certificate())
        let bare = FinalBlock(block: block(records: 0, annexBytes: Array("{}".utf8)), certificate: nil)
        // Final with the notarise votes of all, and notarised with a support vote.
        let withAll = FinalBlock(block: block(), certificate: certificate(.notarise))
        var supported = certificate(.notarise)
        supported.votes[1].isSupport = true
        return [
            status(1), .vote(.status(.init(epoch: .init(0), view: 0, head: 0, headHash: .zero, wantsAnswer: true))),
            .vote(.proposal(.init(epoch: 2, view: 8, parentView: 6, block: block()))),
            .vote(.proposal(.init(epoch: 2, view: 8, parentView: 6, block: block(), vote: vote))),
            .vote(.vote(vote)),
            .vote(.certificate(certificate(.notarise))), .vote(.certificate(certificate(.nullify, votes: 1))),
            .vote(.certificate(supported)), .vote(.finals([withAll])),
            .vote(.submissions([try submission("a"), try submission(nil)])), .vote(.submissions([])),
            .vote(.change(change)), .vote(.change(changeOfSettings)),
            .vote(.request(.block(chain))),
            .vote(.request(.certificates(epoch: 2, views: 3...3))),
            .vote(.request(.certificates(epoch: 2, views: 0...View(rawValue: .max)))),
            .vote(.block(block(records: 1))), .vote(.finalsRequest(from: 12)),
            .vote(.finals([bare, final])), .vote(.finals([])),
            .catchUp(.headersRequest(from: 0)),
            .catchUp(
                .headers([
                    .init(header: block().header, annexBytes: [], certificate: nil),
                    .init(header: block().header, annexBytes: [1, 2, 3], certificate: certificate()),
                ])),
            .catchUp(.blocksRequest(3...900)), .catchUp(.blocks([final, bare])),
            .catchUp(.unavailable(from: BlockIndex(rawValue: .max))),
            .snapshot(.request(from: 3)), .snapshot(.unavailable), .snapshot(.outlinesRequest(through: 70)),
            .snapshot(.snapshot(SnapshotMessage.Answer(ends: [], head: nil))), .snapshot(snapshot),
            .snapshot(
                .outlines([
                    .init(header: block().header, annexBytes: []), .init(header: block().header, annexBytes: [1, 2]),
                ])),
            .checkpoint(.init(note: Array("a note\n".utf8), keys: noteKeys)),
        ]
    }

    static func record(
        _ seed: UInt8, _ addresses: [PeerAddress], sequence: UInt64 = 1, observedHost: String? = nil
    ) -> AddressRecord {
        var record = AddressRecord(addresses, sequence: sequence, identity: identity(seed))
        record.observedHost = observedHost
        return record
    }

    static func hello(_ number: UInt64 = 5, openFrom: UInt64 = 4) -> Hello {
        Hello(
            chain: chain, number: number, openFrom: openFrom,
            address: record(1, [PeerAddress(host: "example.org", port: 5_001), PeerAddress(host: "", port: 7)]),
            agent: "cairn 0.1.0")
    }

    static func moment(_ seconds: Double) -> Moment {
        Moment(
            instant: Instant(nanoseconds: UInt64(seconds * 1e9)),
            timestamp: Timestamp(microseconds: start.microseconds + UInt64(seconds * 1e6)))
    }
}
