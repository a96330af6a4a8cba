public import CairnHash

/// Why a change of members doesn't count.
public enum MemberChangeError: Error, Hashable, Sendable {
    case otherEpoch(expected: Epoch, found: Epoch)
    /// The next set has the same members, powers and fault model as the present one, and no other settings come with it.
    case sameMembers
    /// Signatures are not by ascending member, each once.
    case signaturesOutOfOrder
    case unknownMember(UInt16)
    case noQuorum(power: UInt64, neededPower: UInt64)
    /// There is not one signature for each key that joins.
    case joiningSignatures(expected: Int, found: Int)
    case badSignature(PublicKey)
    /// A key that joins is none that somebody could sign with alone.
    case weakKey(PublicKey, KeyWeakness)
    /// Recovery keys are named for more than one member.
    case recoveryOfSeveral
    /// Members change by recovery keys where there are none, or where a running node is to change them.
    case noRecovery
    /// Recovery leaves the lost key its vote.
    case keepsLostKey(PublicKey)
    /// A draft is of another ledger.
    case otherChain(expected: Digest, found: Digest)
    /// A draft names other members or settings than the one it was to be joined with.
    case otherMembers
    /// A draft was signed by a key that is no present member and doesn't join.
    case unknownSigner(PublicKey)
    /// A key that joins has not signed a draft.
    case missingSignature(PublicKey)
    /// A file is no draft.
    case form(AnnexError)
}

extension MemberChangeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .otherEpoch(let expected, let found):
            "the change of members is of epoch \(found), but epoch \(expected) is the present one"
        case .sameMembers:
            "the change of members changes nothing: members, powers, fault model and settings are so already"
        case .signaturesOutOfOrder:
            "the signatures under the change of members are not in order of members, each once"
        case .unknownMember(let place):
            "the change of members has a signature of member \(place), which is not in the present set"
        case .noQuorum(let power, let needed):
            "the present members who signed the change have a power of \(power); a quorum has \(needed)"
        case .joiningSignatures(let expected, let found):
            "the change of members has \(found) signatures of joining keys, but \(expected) keys join"
        case .badSignature(let key):
            "the signature of \(key) under the change of members is not valid"
        case .weakKey(let key, let weakness):
            "\(key) can't join as a member: \(weakness)"
        case .recoveryOfSeveral:
            "the change of members leaves recovery keys to several members; only a ledger with one has them"
        case .noRecovery:
            "the change of members is one by recovery keys, which only a ledger has that names them, in a block of theirs"
        case .keepsLostKey(let key):
            "the change of members by recovery keys leaves the vote to \(key), whose place they take"
        case .otherChain(let expected, let found):
            "the change of members is of ledger \(found), not of \(expected)"
        case .otherMembers:
            "the two changes of members don't name the same next set and settings"
        case .unknownSigner(let key):
            "\(key) signed the change of members, but is no present member and doesn't join"
        case .missingSignature(let key):
            "\(key) joins and has not signed the change of members"
        case .form(let error):
            "no change of members can be read: \(error)"
        }
    }
}
