package import CairnLedger

/// What somebody wants to change about the members.
package enum MemberEdit: Equatable, Sendable {
    case add([PublicKey], power: UInt64)
    case remove([PublicKey])
    case power(PublicKey, UInt64)
    case replace(PublicKey, with: PublicKey)
    /// Nothing about them: the settings or the fault model change.
    case keep

    /// The next set.
    ///
    /// - Parameters:
    ///   - faultModel: nil: as it is.
    ///   - mayBeSame: whether something else changes, so that the set may stay as it is.
    package func applied(
        to present: MemberSet, faultModel: FaultModel?, mayBeSame: Bool = false
    ) throws(CommandFailure) -> MemberSet {
        var members = present.members
        switch self {
        case .add(let keys, let power):
            for key in keys {
                guard !members.contains(where: { $0.key == key }) else { throw .failed("\(key) is a member already") }
                members.append(Member(key: try Self.checked(key), power: try Self.checked(power)))
            }
        case .remove(let keys):
            for key in keys { members.remove(at: try Self.place(of: key, in: members)) }
            guard !members.isEmpty else { throw .failed("a ledger has at least one member") }
        case .power(let key, let power):
            members[try Self.place(of: key, in: members)].power = try Self.checked(power)
        case .replace(let old, let new):
            guard !members.contains(where: { $0.key == new }) else { throw .failed("\(new) is a member already") }
            // The new key takes the old one's place and power.
            members[try Self.place(of: old, in: members)].key = try Self.checked(new)
        case .keep: break
        }
        guard let next = MemberSet(members, faultModel: faultModel ?? present.faultModel) else {
            throw .failed("\(members.count) members can't be; at most \(Limits.membersMax)")
        }
        guard mayBeSame || !next.isSame(as: present) else {
            throw .failed("that changes nothing: members and settings are so already")
        }
        return next
    }

    private static func place(of key: PublicKey, in members: [Member]) throws(CommandFailure) -> Int {
        guard let place = members.firstIndex(where: { $0.key == key }) else {
            throw .failed("\(key) is no member; 'cairn members' lists them")
        }
        return place
    }

    /// Whoever leaves may have any key; whoever joins has to be somebody.
    private static func checked(_ key: PublicKey) throws(CommandFailure) -> PublicKey {
        if let weakness = key.weakness { throw .usage("\(key) can't be a member's key: \(weakness)") }
        return key
    }

    private static func checked(_ power: UInt64) throws(CommandFailure) -> UInt64 {
        guard (1...Limits.powerMax).contains(power) else {
            throw .usage("a power of \(power) can't be: 1 to \(Limits.powerMax)")
        }
        return power
    }
}

extension PublicKey {
    /// - Throws: when the text is not 64 hexadecimal digits.
    init(argument text: String) throws(CommandFailure) {
        guard let key = PublicKey(hex: text.lowercased()) else {
            throw .usage("\"\(text)\" is no node's key: 64 hexadecimal digits, as 'cairn status' prints them")
        }
        self = key
    }
}
