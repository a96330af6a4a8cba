package import CairnConsensus
package import CairnLedger

/// Something to dial.
package struct DialTarget: Hashable, Sendable {
    package var address: PeerAddress
    /// Whose record names the address; nil for an address that a person named. Whoever claims an address of somebody
    /// else has a target of its own, and hides nobody.
    package var node: PublicKey?

    package init(address: PeerAddress, node: PublicKey? = nil) {
        self.address = address
        self.node = node
    }

    /// Some order that doesn't change from run to run.
    var sortKey: String { "\(self.address) \(self.node.map(\.description) ?? "")" }
}

extension AddressBook {
    /// A place that may be dialed.
    private struct Candidate {
        var target: DialTarget
        /// Who is expected there, if anybody.
        var node: PublicKey?
        var nextDial: Instant
        var sortKey: String

        /// The longest due goes first.
        func isBefore(_ other: Candidate) -> Bool {
            (self.nextDial, self.sortKey) < (other.nextDial, other.sortKey)
        }
    }

    /// The places to dial now, which count as being dialed until `met` or `failed` is told.
    package mutating func takeDue(_ situation: Situation) -> [DialTarget] {
        func isMember(_ target: DialTarget) -> Bool { target.node.map { situation.members.contains($0) } ?? false }
        // Members are always looked for; others wait until there is room for one more dial.
        var (dials, memberDials) = (self.dialsMax, self.memberDialsMax)
        var busy: Set<PublicKey> = []
        for (target, place) in self.places where place.isDialing {
            if isMember(target) { memberDials -= 1 } else { dials -= 1 }
            if let node = target.node { busy.insert(node) }
        }
        let othersLinked = situation.linked.subtracting(situation.members).count
        var room = self.wanted - othersLinked - busy.subtracting(situation.members).count
        var due: [DialTarget] = []
        // A node has a few addresses, of which one is dialed.
        let others = max(0, min(room, dials)) * MessageLimits.addressesMax
        for candidate in self.candidates(situation, busy: busy, others: others) {
            let target = candidate.target
            guard isMember(target) ? memberDials > 0 : dials > 0 else { continue }
            if let node = candidate.node {
                guard !busy.contains(node) else { continue }
                if target.node != nil, !situation.members.contains(node) {
                    guard room > 0 else { continue }
                    room -= 1
                }
                busy.insert(node)
            }
            if isMember(target) { memberDials -= 1 } else { dials -= 1 }
            self.places[target]?.isDialing = true
            due.append(target)
        }
        return due
    }

    /// What may be dialed, the longest due first: members and addresses that persons named, which are few, and of all the
    /// others so many at most.
    private func candidates(_ situation: Situation, busy: Set<PublicKey>, others limit: Int) -> [Candidate] {
        var candidates: [Candidate] = []
        var others: [Candidate] = []
        for (target, place) in self.places {
            guard !place.isDialing, !place.isOwn, place.nextDial <= situation.now else { continue }
            let isOther = target.node.map { !situation.members.contains($0) } ?? false
            if isOther, limit == 0 { continue }
            let node = target.node ?? place.met
            if let node {
                guard !situation.linked.contains(node), !busy.contains(node), !situation.banned(node) else { continue }
            }
            if isOther, let successor = self.successor(at: target), situation.linked.contains(successor) { continue }
            let candidate = Candidate(target: target, node: node, nextDial: place.nextDial, sortKey: place.sortKey)
            if isOther {
                Self.insert(candidate, into: &others, limit: limit)
            } else {
                candidates.append(candidate)
            }
        }
        return (candidates + others).sorted { $0.isBefore($1) }
    }

    /// Who took the place of the node that an address is of: it answered there, and says itself that it is there, as where a
    /// directory was replaced by a new one with another key. A claim alone hides nobody.
    private func successor(at target: DialTarget) -> PublicKey? {
        guard let node = target.node, let met = self.places[target]?.met, met != node,
            self.places[DialTarget(address: target.address, node: met)] != nil
        else { return nil }
        return met
    }

    /// What is worth telling others, and keeping: the records of all but those whose places others have taken. Members are
    /// looked for whatever answers there.
    package var presentRecords: [AddressRecord] {
        var replaced: Set<PublicKey> = []
        var present = self.members
        for target in self.places.keys {
            guard let node = target.node else { continue }
            if self.successor(at: target) == nil { present.insert(node) } else { replaced.insert(node) }
        }
        replaced.subtract(present)
        return self.records.values.filter { !replaced.contains($0.node) }
    }

    /// Keeps the first ones, in their order.
    private static func insert(_ candidate: Candidate, into first: inout [Candidate], limit: Int) {
        if first.count >= limit {
            guard let last = first.last, candidate.isBefore(last) else { return }
            first.removeLast()
        }
        first.insert(candidate, at: first.firstIndex { candidate.isBefore($0) } ?? first.endIndex)
    }

    /// Somebody was met where it was looked for, and there is a link now.
    package mutating func met(
        _ node: PublicKey, at target: DialTarget, now: Moment, using random: inout some RandomNumberGenerator
    ) {
        guard target.node == nil || target.node == node else {
            return self.failed(
                at: target, met: node, problem: "another node answers there: \(node)", isFailure: true, now: now,
                using: &random)
        }
        self.places[target]?.met = node
        self.places[target]?.isDialing = false
        self.places[target]?.problem = nil
        self.places[target]?.since = now.timestamp
    }

    /// There is no link to what was looked for, or no more.
    ///
    /// - Parameter met: who answers there, if anybody.
    /// - Parameter isFailure: whether it is worth the longer wait the more often it happens. It is in any case when another node
    ///   answers there than was looked for, as where a directory was replaced by a new one with another key.
    package mutating func failed(
        at target: DialTarget, met: PublicKey?, problem: String, isFailure: Bool, now: Moment,
        using random: inout some RandomNumberGenerator
    ) {
        guard var place = self.places[target] else { return }
        place.met = met ?? place.met
        place.isDialing = false
        place.isOwn = met == self.own
        let isAnother = target.node != nil && met != nil && met != target.node
        place.failures = isFailure || isAnother ? place.failures + 1 : 0
        place.problem = problem
        if target.node != nil || place.met != nil { place.since = now.timestamp }
        place.nextDial = now.instant + self.backoff.wait(failures: max(1, place.failures), using: &random)
        self.places[target] = place
    }

    /// A link to a node is gone, whoever dialed it: look for it soon.
    package mutating func lost(
        _ node: PublicKey, problem: String, isFailure: Bool, now: Moment,
        using random: inout some RandomNumberGenerator
    ) {
        for (target, place) in self.places where (target.node ?? place.met) == node && !place.isDialing {
            self.failed(at: target, met: nil, problem: problem, isFailure: isFailure, now: now, using: &random)
        }
    }
}
