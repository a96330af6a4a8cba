internal import CairnHash
internal import CairnLedger

/// Members' signatures under the newest checkpoints, until those under one are a quorum's.
struct CheckpointGathering: Sendable {
    /// Members sign one after the other's; more than a few sizes are only open when something is wrong.
    private static let openMax = 4

    private let chain: Digest
    private var members: EpochMembers
    /// By member: those of members who signed something.
    private(set) var keys: [PublicKey: CertifiedNoteKeys] = [:]
    /// By rising size.
    private var open: [CheckpointAssembly] = []

    init(members: EpochMembers) {
        self.chain = members.chain
        self.members = members
    }

    /// Takes a member's signatures.
    ///
    /// - Parameter members: the present ones.
    /// - Returns: the checkpoint when a quorum has signed it, with all signatures so far.
    mutating func take(
        _ signatures: MemberSignatures, keys certified: CertifiedNoteKeys, under checkpoint: Checkpoint,
        members: EpochMembers
    ) throws(AssemblyError) -> SignedCheckpoint? {
        self.follow(members)
        guard members.members.position(of: signatures.member) != nil else { throw .notAMember(signatures.member) }
        let place: Int
        if let known = self.open.firstIndex(where: { $0.checkpoint == checkpoint }) {
            place = known
        } else {
            place = self.open.firstIndex { $0.checkpoint.size > checkpoint.size } ?? self.open.count
            let assembly = try CheckpointAssembly(
                checkpoint, chain: self.chain, members: members.members, keys: [])
            self.open.insert(assembly, at: place)
        }
        var assembly = self.open[place]
        try assembly.learn(certified)
        try assembly.add(signatures)
        self.keys[certified.member] = certified
        self.open[place] = assembly
        let signed = assembly.signed
        if self.open.count > Self.openMax { self.open.removeFirst() }
        return signed
    }

    /// What an older set signed is no quorum of the present one.
    private mutating func follow(_ members: EpochMembers) {
        guard members.epoch != self.members.epoch else { return }
        self.members = members
        self.open = []
        self.keys = self.keys.filter { members.members.position(of: $0.key) != nil }
    }

    /// Forgets what is older than what was published.
    mutating func published(_ size: TreeSize) {
        self.open.removeAll { $0.checkpoint.size < size }
    }
}
