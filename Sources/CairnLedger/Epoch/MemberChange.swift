public import CairnHash

/// The complete set of members of the next epoch, agreed by a quorum of the present one and by each key that joins.
///
/// It stands in the annex of a block, which is its epoch's last, and covers all that can change about members: join,
/// leave, another power, another key, another order, another fault model.
///
/// Signed bytes, integers big-endian: `cairn/members/1` and a zero byte, chain (32), number of the present epoch (8),
/// hash of the next set (32, see `MemberSet.contentHash`). The epoch keeps a change from being used again later.
public struct MemberChange: Hashable, Sendable {
    /// The epoch that it ends.
    public var epoch: Epoch
    public var next: MemberSet
    /// Of present members, by ascending place in the present set, each at most once.
    public var signatures: [Certificate.MemberSignature]
    /// Of the keys that the present set doesn't have, in the order of the next one.
    public var joining: [Signature]

    public init(
        epoch: Epoch, next: MemberSet, signatures: [Certificate.MemberSignature], joining: [Signature]
    ) {
        self.epoch = epoch
        self.next = next
        self.signatures = signatures
        self.joining = joining
    }

    /// What a change of `Limits.membersMax` members takes in an annex at most, in bytes: per member `{"key":<64 digits>,
    /// "power":<10>}` (95), a signature `[<4>,<128 digits>]` (138) and one for joining (131); 256 for the rest.
    public static let encodedBytesMax = Limits.membersMax * (95 + 138 + 131) + 256

    /// The bytes that are signed.
    public static func message(chain: Digest, epoch: Epoch, next: MemberSet) -> [UInt8] {
        var bytes = SigningDomain.members.prefix
        bytes.append(chain)
        bytes.append(bigEndian: epoch.rawValue)
        bytes.append(next.contentHash)
        return bytes
    }

    /// Checks that the change ends this epoch, and that those signed it who have to.
    ///
    /// One signature check (about 0.1 ms) for each signature, after all that is quicker.
    ///
    /// - Parameter present: the members of `epoch`.
    public func verify(
        present: MemberSet, epoch: Epoch, chain: Digest, using verifier: some SignatureVerifier = Ed25519Verifier()
    ) throws(MemberChangeError) {
        guard self.epoch == epoch else { throw .otherEpoch(expected: epoch, found: self.epoch) }
        guard !self.next.isSame(as: present) else { throw .sameMembers }
        let signers = try self.signers(of: present)
        let joiningKeys = self.next.keys(joining: present)
        guard self.joining.count == joiningKeys.count else {
            throw .joiningSignatures(expected: joiningKeys.count, found: self.joining.count)
        }
        let message = Self.message(chain: chain, epoch: epoch, next: self.next)
        for (signature, key) in zip(self.signatures.map(\.signature) + self.joining, signers + joiningKeys) {
            guard verifier.isValid(signature, of: key, for: message) else { throw .badSignature(key) }
        }
    }

    /// Checks that each key that joins can be somebody's.
    ///
    /// Beside `verify`, since it is no rule of a chain: a change that is in one already stays what it is.
    public func checkJoiningKeys(present: MemberSet) throws(MemberChangeError) {
        try self.next.checkKeys(joining: present)
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
