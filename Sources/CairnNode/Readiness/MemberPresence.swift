package import CairnConsensus
package import CairnLedger

/// Which members are there, as far as a node can tell: those that it has a link to and hears from. Pure.
///
/// Every node says once a second how far it is, so silence means something. A member needs to hear from a quorum, with itself: it
/// sends its votes to each. A follower may know only some of the members, behind a router say, and hands records to those: for it
/// only those are away that it had a link to.
package struct MemberPresence: Sendable {
    /// Who is linked and says nothing for so long stands still, or isn't heard any more.
    package static let silenceMax = Duration.seconds(5)
    /// How long a quorum has to be away before that is known: links end and come anew.
    package static let patience = Duration.seconds(3)
    /// Blocks that come so long after the quorum was last heard were not on their way before.
    private static let settling = Duration.seconds(1)

    private struct Other: Sendable {
        var heardAt: Instant
        var isLinked: Bool
    }

    private let own: PublicKey
    private var members: MemberSet
    /// Nodes with a link, and members that had one.
    private var others: [PublicKey: Other] = [:]
    /// Since when no quorum is heard, nil while one is. At the beginning nobody is.
    private var missingSince: Instant?
    /// When a block became final last.
    private var grewAt: Instant?

    package init(own: PublicKey, members: MemberSet, now: Instant) {
        self.own = own
        self.members = members
        self.missingSince = now
    }

    // MARK: What happens

    /// Others decide from now on.
    package mutating func begin(_ members: MemberSet) {
        self.members = members
        self.others = self.others.filter { $0.value.isLinked || members.position(of: $0.key) != nil }
    }

    package mutating func linked(_ node: PublicKey, now: Instant) {
        self.others[node] = Other(heardAt: now, isLinked: true)
    }

    package mutating func unlinked(_ node: PublicKey) {
        if self.members.position(of: node) == nil {
            self.others[node] = nil
        } else {
            self.others[node]?.isLinked = false
        }
    }

    package mutating func heard(_ node: PublicKey, now: Instant) { self.others[node]?.heardAt = now }

    /// A new block became final: somewhere there is a quorum, though it may not be heard here.
    package mutating func grew(now: Instant) { self.grewAt = now }

    /// Sees how long no quorum has been heard. To be called now and then, and when links come or go.
    package mutating func look(votes: Bool, now: Instant) {
        guard !self.hears(votes: votes, now: now) else {
            self.missingSince = nil
            return
        }
        self.missingSince = self.missingSince ?? now
    }

    // MARK: What is so

    /// Whether there is a link to anybody, or was to a member.
    package var hasMetOthers: Bool { !self.others.isEmpty }

    /// Whether enough members are there to decide.
    package func hasQuorum(votes: Bool, now: Instant) -> Bool {
        self.hears(votes: votes, now: now) || self.growsWithout(now)
    }

    /// Whether it is known that too few are there: not only for a moment.
    package func isKnownMissing(votes: Bool, now: Instant) -> Bool {
        guard let missingSince, !self.hasQuorum(votes: votes, now: now) else { return false }
        return now >= missingSince + Self.patience
    }

    /// - Parameter votes: whether this node's own vote counts.
    package func power(votes: Bool, now: Instant) -> QuorumPower {
        var power = QuorumPower(self.members)
        for member in self.members.members where self.isThere(member.key, votes: votes, now: now) {
            power.present += member.power
        }
        return power
    }

    private func isThere(_ node: PublicKey, votes: Bool, now: Instant) -> Bool {
        if node == self.own { return votes }
        guard let other = self.others[node], other.isLinked else { return false }
        return now < other.heardAt + Self.silenceMax
    }

    private func hears(votes: Bool, now: Instant) -> Bool {
        let power = self.power(votes: votes, now: now)
        if power.present >= power.needed { return true }
        guard self.members.position(of: self.own) == nil, power.present > 0 else { return false }
        let away = self.members.members.reduce(UInt64(0)) { sum, member in
            let isAway = self.others[member.key] != nil && !self.isThere(member.key, votes: votes, now: now)
            return isAway ? sum + member.power : sum
        }
        return power.total - away >= power.needed
    }

    /// Whether blocks become final though no quorum is heard: others are between it and this node.
    private func growsWithout(_ now: Instant) -> Bool {
        guard let missingSince, let grewAt else { return false }
        return grewAt >= missingSince + Self.settling && now < grewAt + Self.silenceMax
    }
}
