public import CairnHash

/// The complete set of members of the next epoch, and in format 2 its complete settings, agreed by a quorum of the present
/// members and by each key that joins.
///
/// It stands in the annex of a block, which is its epoch's last, and covers all that can change about members: join,
/// leave, another power, another key, another order, another fault model. With settings, these may be all that changes.
///
/// Signed bytes, integers big-endian. The epoch keeps a change from being used again later.
///
/// | format | signed |
/// |---|---|
/// | 1 | `cairn/members/1` and a zero byte, chain (32), number of the present epoch (8), hash of the next set (32, see `MemberSet.contentHash`) |
/// | 2 | `cairn/epoch/2` and a zero byte, the same, SHA-256 of the next settings (32) |
public struct MemberChange: Hashable, Sendable {
    /// The epoch that it ends.
    public var epoch: Epoch
    public var next: MemberSet
    /// The next settings. Nil in format 1, which keeps the present ones.
    public var settings: EpochSettings?
    /// Of present members, by ascending place in the present set, each at most once.
    public var signatures: [Certificate.MemberSignature]
    /// Of the keys that the present set doesn't have, in the order of the next one.
    public var joining: [Signature]
    /// Whether recovery keys stand for the only member, whose key is lost. They sign the block, so `signatures` is empty.
    public var isRecovery: Bool

    public init(
        epoch: Epoch, next: MemberSet, settings: EpochSettings? = nil, signatures: [Certificate.MemberSignature],
        joining: [Signature], isRecovery: Bool = false
    ) {
        self.epoch = epoch
        self.next = next
        self.settings = settings
        self.signatures = signatures
        self.joining = joining
        self.isRecovery = isRecovery
    }

    /// What a change of `Limits.membersMax` members takes in an annex at most, in bytes: per member `{"key":<64 digits>,
    /// "power":<10>}` (95), a signature `[<4>,<128 digits>]` (138) and one for joining (131); 512 for the rest.
    public static let encodedBytesMax = Limits.membersMax * (95 + 138 + 131) + 512

    /// The bytes that are signed.
    ///
    /// - Parameter settings: nil for a change of format 1.
    public static func message(
        chain: Digest, epoch: Epoch, next: MemberSet, settings: EpochSettings? = nil
    ) -> [UInt8] {
        var bytes = (settings == nil ? SigningDomain.members : .epoch).prefix
        bytes.append(chain)
        bytes.append(bigEndian: epoch.rawValue)
        bytes.append(next.contentHash)
        if let settings { bytes.append(Digest(hashing: settings.canonicalBytes)) }
        return bytes
    }

    /// Checks that the change ends this epoch, and that those signed it who have to.
    ///
    /// One signature check (about 0.1 ms) for each signature, after all that is quicker.
    ///
    /// - Parameter present: what holds in the epoch that the change ends.
    public func verify(
        present: EpochMembers, using verifier: some SignatureVerifier = Ed25519Verifier()
    ) throws(MemberChangeError) {
        guard self.epoch == present.epoch else { throw .otherEpoch(expected: present.epoch, found: self.epoch) }
        guard !self.next.isSame(as: present.members) || (self.settings ?? present.settings) != present.settings
        else { throw .sameMembers }
        guard self.next.members.count == 1 || (self.settings ?? present.settings).recovery == nil else {
            throw .recoveryOfSeveral
        }
        if self.isRecovery { try self.checkRecovery(present) }
        let signers = self.isRecovery ? [] : try self.signers(of: present.members)
        let joiningKeys = self.next.keys(joining: present.members)
        guard self.joining.count == joiningKeys.count else {
            throw .joiningSignatures(expected: joiningKeys.count, found: self.joining.count)
        }
        let message = Self.message(
            chain: present.chain, epoch: self.epoch, next: self.next, settings: self.settings)
        for (signature, key) in zip(self.signatures.map(\.signature) + self.joining, signers + joiningKeys) {
            guard verifier.isValid(signature, of: key, for: message) else { throw .badSignature(key) }
        }
    }

    /// Recovery ends what the lost key could do, with settings that somebody chose for that.
    private func checkRecovery(_ present: EpochMembers) throws(MemberChangeError) {
        guard present.recovery != nil, self.settings != nil, self.signatures.isEmpty else { throw .noRecovery }
        for member in present.members.members where self.next.position(of: member.key) != nil {
            throw .keepsLostKey(member.key)
        }
    }

    /// Checks that a running node may put the change into a block: each key in it can be somebody's, and it is none of
    /// recovery keys, who make its block themselves.
    ///
    /// Beside `verify`, since it is no rule of a chain: a change that is in one already stays what it is.
    public func checkJoiningKeys(present: MemberSet) throws(MemberChangeError) {
        guard !self.isRecovery else { throw .noRecovery }
        try self.next.checkKeys(joining: present)
        try self.settings?.recovery?.checkKeys()
    }

    /// The keys of the present members who signed, who have to be a quorum.
    private func signers(of present: MemberSet) throws(MemberChangeError) -> [PublicKey] {
        // Without this, one member's signature could count twice.
        guard zip(self.signatures, self.signatures.dropFirst()).allSatisfy({ $0.member < $1.member }) else {
            throw .signaturesOutOfOrder
        }
        var keys: [PublicKey] = []
        var power: UInt64 = 0
        for signature in self.signatures {
            guard Int(signature.member) < present.members.count else { throw .unknownMember(signature.member) }
            let member = present.members[Int(signature.member)]
            keys.append(member.key)
            power += member.power
        }
        guard power >= present.quorumPower else { throw .noQuorum(power: power, neededPower: present.quorumPower) }
        return keys
    }
}

extension RecoveryKeys {
    /// - Throws: `.weakKey` when a key can't be anybody's.
    func checkKeys() throws(MemberChangeError) {
        for key in self.keys {
            if let weakness = key.weakness { throw .weakKey(key, weakness) }
        }
    }
}

extension MemberSet {
    /// Whether both have the same members with the same powers, in whatever order, and the same fault model.
    public func isSame(as other: MemberSet) -> Bool {
        self.faultModel == other.faultModel && Set(self.members) == Set(other.members)
    }

    /// - Throws: `.weakKey` when a key that the present set doesn't have can't be anybody's.
    public func checkKeys(joining present: MemberSet) throws(MemberChangeError) {
        for key in self.keys(joining: present) {
            if let weakness = key.weakness { throw .weakKey(key, weakness) }
        }
    }

    /// The keys of this set that the one before it doesn't have, in order.
    public func keys(joining present: MemberSet) -> [PublicKey] {
        let known = Set(present.members.map(\.key))
        return self.members.map(\.key).filter { !known.contains($0) }
    }
}
