package import CairnLedger

/// What a set of members can do when only some of them are there. Pure.
package struct ClusterPower: Sendable {
    package let members: MemberSet

    package init(members: MemberSet) {
        self.members = members
    }

    package func isMember(_ key: PublicKey) -> Bool { self.members.position(of: key) != nil }

    /// Of these nodes, those that are no members having none.
    package func power(of keys: [PublicKey]) -> UInt64 {
        self.powers(of: keys).reduce(0, +)
    }

    private func powers(of keys: [PublicKey]) -> [UInt64] {
        let keys = Set(keys)
        return self.members.members.filter { keys.contains($0.key) }.map(\.power)
    }

    /// Whether these nodes are enough to decide.
    package func decide(_ keys: [PublicKey]) -> Bool { self.power(of: keys) >= self.members.quorumPower }

    /// How many members among these nodes may be down at once, whichever they are.
    package func spare(_ keys: [PublicKey]) -> Int {
        // The worst that can happen is that the most powerful ones are.
        var left = self.power(of: keys)
        var count = 0
        for power in self.powers(of: keys).sorted(by: >) {
            guard left >= self.members.quorumPower + power else { break }
            left -= power
            count += 1
        }
        return count
    }

    /// Who decides, of the nodes that run, and how many of them may be down.
    package func text(nodes keys: [PublicKey]) -> String {
        let here = self.powers(of: keys).count
        let elsewhere = self.members.members.count - here
        var who = "\(keys.count) nodes of one ledger, "
        if here < keys.count { who += "\(here) of them members, " }
        if elsewhere > 0 { who += "\(elsewhere) more member\(elsewhere == 1 ? "" : "s") elsewhere, " }
        who += "\(self.members.faultModel.rawValue): \(self.quorum(nodes: keys))"
        guard self.decide(keys) else { return who + ", more than run here" }
        let isPlain = here == keys.count
        return who
            + ", so \(self.spare(keys)) \(isPlain ? "" : "member\(self.spare(keys) == 1 ? "" : "s") ")may be down"
    }

    private func quorum(nodes keys: [PublicKey]) -> String {
        let total = self.members.members.reduce(0) { $0 + $1.power }
        guard self.members.members.allSatisfy({ $0.power == 1 }) else {
            return "a power of \(self.members.quorumPower) of \(total) decides"
        }
        let isPlain = keys.count == self.members.members.count && keys.allSatisfy(self.isMember)
        return "\(self.members.quorumPower) of \(isPlain ? "them" : "the \(total) members") decide"
    }

    /// What the end of a node means for those that are left.
    package func text(end key: PublicKey, left keys: [PublicKey]) -> String {
        guard self.isMember(key) else { return "which is no member, and the others go on" }
        if self.decide(keys) { return "the others go on" }
        return
            "and too few members are left: a power of \(self.power(of: keys)), and \(self.members.quorumPower) decides; "
            + "reads go on, and nothing is written until enough are back"
    }
}
