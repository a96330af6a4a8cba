import CairnHash
import CairnLedger

/// A log with four members, and what they sign.
struct FourMembers {
    static let origin: ExactText = "ledger.example.com/parcels"

    let chain = Samples.digest(7)
    let members: MemberSet
    let keyrings: [NoteKeyring]

    init(_ powers: [UInt64] = [1, 1, 1, 1], _ faultModel: FaultModel = .bft) throws {
        let chain = self.chain
        self.members = Samples.members(powers, faultModel)
        self.keyrings = try powers.indices.map {
            try NoteKeyring(nodeKey: Samples.key(UInt8($0 + 1)), chain: chain, origin: Self.origin)
        }
    }

    var keys: [CertifiedNoteKeys] { self.keyrings.map(\.certified) }

    func policy() throws -> TrustPolicy {
        try TrustPolicy(
            origin: Self.origin, chain: self.chain, epoch: 0, members: self.members, keys: self.keys)
    }

    func assembly(_ checkpoint: Checkpoint) throws -> CheckpointAssembly {
        try CheckpointAssembly(checkpoint, chain: self.chain, members: self.members, keys: self.keys)
    }

    /// Signed by some of the members, whether they are a quorum or not.
    func signed(_ checkpoint: Checkpoint, by signers: [Int]) -> SignedCheckpoint {
        let signatures = signers.map { self.keyrings[$0].sign(checkpoint, time: 1_700_000_000 + UInt64($0)) }
        return SignedCheckpoint(checkpoint, signatures: signatures.map(\.log) + signatures.map(\.cosignature))
    }
}

extension SignedCheckpoint {
    init(text: String) throws {
        try self.init(parsing: text.utf8)
    }
}
