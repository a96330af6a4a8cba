import CairnHash
import CairnLedger

/// Keys, settings and blocks that are the same in every run.
enum Samples {
    static let start = Timestamp(microseconds: 1_700_000_000_000_000)

    /// A key for each number.
    static func key(_ number: UInt8) -> PrivateKey {
        guard let key = PrivateKey(seed: [UInt8](repeating: number, count: PrivateKey.seedByteCount)) else {
            preconditionFailure("any \(PrivateKey.seedByteCount) bytes make a key")
        }
        return key
    }

    static func digest(_ number: UInt64) -> Digest {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: number)
        return Digest(hashing: bytes)
    }

    static func id(_ number: UInt64) -> SubmissionID {
        SubmissionID(client: [], idempotencyKey: digest(number).bytes)
    }

    static func members(_ powers: [UInt64] = [1], _ faultModel: FaultModel = .majority) -> MemberSet {
        let members = powers.enumerated().map { Member(key: key(UInt8($0 + 1)).publicKey, power: $1) }
        guard let set = MemberSet(members, faultModel: faultModel) else { preconditionFailure("powers are in range") }
        return set
    }

    /// Keys by their numbers, with a power each.
    static func members(_ numbers: [UInt8], powers: [UInt64], _ faultModel: FaultModel = .majority) -> MemberSet {
        let members = zip(numbers, powers).map { Member(key: key($0).publicKey, power: $1) }
        guard let set = MemberSet(members, faultModel: faultModel) else { preconditionFailure("powers are in range") }
        return set
    }

    /// What holds in an epoch with these members.
    static func epoch(
        _ members: MemberSet, _ epoch: Epoch = 0, of chain: Digest = digest(1),
        settings: EpochSettings = EpochSettings()
    ) -> EpochMembers {
        EpochMembers(chain: chain, epoch: epoch, members: members, settings: settings)
    }

    /// A change of members that these present and these joining keys signed, in whatever order.
    static func change(
        to next: MemberSet, settings: EpochSettings? = nil, from present: MemberSet, epoch: Epoch, chain: Digest,
        signers: [UInt8], joining: [UInt8]
    ) -> MemberChange {
        let message = MemberChange.message(chain: chain, epoch: epoch, next: next, settings: settings)
        var signatures: [Certificate.MemberSignature] = []
        for signer in signers.map(key) {
            guard let place = present.position(of: signer.publicKey) else { continue }
            signatures.append(.init(member: UInt16(place), signature: signer.sign(message)))
        }
        let joiningKeys = joining.map(key).sorted {
            next.position(of: $0.publicKey) ?? 0 < next.position(of: $1.publicKey) ?? 0
        }
        return MemberChange(
            epoch: epoch, next: next, settings: settings, signatures: signatures.sorted { $0.member < $1.member },
            joining: joiningKeys.map { $0.sign(message) })
    }

    /// The finalise votes of some members for the next block behind a state.
    static func certificate(of block: CheckedBlock, in state: ChainState, by signers: [UInt8]) -> Certificate {
        var certificate = Certificate(epoch: state.epoch, view: 1, blockHash: block.hash, votes: [])
        let message = Self.vote(certificate, chain: state.chain).message
        for signer in signers.map(key) {
            guard let place = state.members.position(of: signer.publicKey) else { continue }
            certificate.votes.append(.init(member: UInt16(place), signature: signer.sign(message)))
        }
        certificate.votes.sort { $0.member < $1.member }
        return certificate
    }

    /// What a member signs for a certificate.
    static func vote(_ certificate: Certificate, _ kind: Vote.Kind? = nil, chain: Digest) -> Vote {
        Vote(
            chain: chain, epoch: certificate.epoch, view: certificate.view, kind: kind ?? certificate.kind,
            blockHash: certificate.blockHash)
    }

    static func settings(window: UInt64 = 1_000) throws -> GenesisSettings {
        try GenesisSettings(
            name: "example.org/test", message: "hello", random: Array(0..<16), members: members(),
            submissionWindow: window)
    }

    static func genesis(window: UInt64 = 1_000) throws -> Block {
        try settings(window: window).genesisBlock(proposer: key(1).publicKey, timestamp: start)
    }

    static func chain(window: UInt64 = 1_000) throws -> ChainState {
        try ChainState(genesis: genesis(window: window))
    }

    static func entries(_ texts: [String]) throws -> Entries {
        var entries = Entries()
        for text in texts { entries.append(try Record(json: text)) }
        return entries
    }

    /// Records `"<first>"`, `"<first + 1>"`, … as numbers.
    static func entries(count: Int, from first: Int = 0) throws -> Entries {
        try entries((first..<first + count).map { String($0) })
    }
}

extension ChainState {
    /// The next block on this state, not applied.
    func sampleBlock(_ entries: Entries, submissions: SubmissionList? = nil, later: UInt64 = 1) -> CheckedBlock {
        self.tip.makeBlock(
            entries: entries, leafHashes: entries.leafHashes(), submissions: submissions,
            proposer: Samples.key(1).publicKey,
            now: Timestamp(microseconds: self.head.timestamp.microseconds + later))
    }

    /// What can be seen of the state.
    var summary: [String] {
        [
            "\(self.head)", "\(self.headHash)", "\(self.frontier.size)", "\(self.frontier.subtreeRoots)",
            "\(self.window.count)", "\(self.window.submissions)", "\(self.present)",
        ]
    }
}
