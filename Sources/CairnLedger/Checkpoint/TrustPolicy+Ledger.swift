public import CairnHash

extension TrustPolicy {
    /// Whom to trust about a ledger: any member's log key, and a quorum of the members' cosignatures.
    ///
    /// A policy counts members, and the ledger counts their power. Where powers differ, so many members are asked for that
    /// any such set of them is a quorum; a smaller set of stronger members shows in the native certificate only.
    ///
    /// - Parameter keys: of every member.
    /// - Throws: `.unknownKeys` for a member without keys, `.badCertificate` for keys that their member did not certify.
    public init(
        origin: ExactText, chain: Digest, epoch: Epoch, members: MemberSet, keys: [CertifiedNoteKeys]
    ) throws(AssemblyError) {
        self.init()
        for member in members.members {
            guard let certified = keys.first(where: { $0.member == member.key }) else {
                throw .unknownKeys(member: member.key)
            }
            guard certified.isValid(chain: chain), let log = try? certified.logKey(origin: origin),
                let cosigner = try? certified.cosignerKey(origin: origin)
            else { throw .badCertificate(member: member.key) }
            self.logs.append(Log(key: log))
            self.witnesses.append(
                Witness(name: ExactText(CertifiedNoteKeys.shortName(of: member.key)), key: cosigner))
        }
        let threshold = Self.threshold(of: members)
        self.groups = [Group(name: "members", threshold: threshold, members: self.witnesses.map(\.name))]
        self.quorum = "members"

        self.comments = [
            "Trust policy (c2sp.org/tlog-policy) of the ledger \(origin)",
            "with the chain \(chain),",
            "for the members of epoch \(epoch): it has to be written anew after members change.",
        ]
        if Set(members.members.map(\.power)).count > 1 {
            self.comments += [
                "The members have different powers, and a policy can only count heads: any \(threshold) of them are a",
                "quorum. Fewer can be one too: a proof that this policy refuses for want of cosignatures has to be",
                "checked by the native certificate in its extra line.",
            ]
        }
    }

    /// The least number of members of which any have a quorum's power: the weakest are counted.
    private static func threshold(of members: MemberSet) -> Int {
        var power: UInt64 = 0
        for (position, member) in members.members.sorted(by: { $0.power < $1.power }).enumerated() {
            power += member.power
            if power >= members.quorumPower { return position + 1 }
        }
        return members.members.count
    }
}
