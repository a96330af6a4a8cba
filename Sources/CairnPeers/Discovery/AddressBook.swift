package import CairnConsensus
package import CairnLedger

/// Where other nodes may be found, and when to look there again. Pure.
package struct AddressBook {
    /// An address, and what came of looking there.
    package struct Place: Hashable {
        /// Named where the node was started, now or before.
        package var isConfigured = false
        var addedAt: Instant
        /// Who was met there last.
        package var met: PublicKey?
        var isDialing = false
        package var failures = 0
        var nextDial: Instant
        /// Why there is no link.
        package var problem: String?
        /// Since when it is so; as long as nobody was met there, since it is looked at: when an attempt failed tells whether a
        /// port is open.
        package var since: Timestamp
        /// This node itself answers there.
        package var isOwn = false
        /// Some order that doesn't change from run to run.
        let sortKey: String
    }

    /// What the book has to know to choose whom to dial.
    package struct Situation {
        package var now: Instant
        package var linked: Set<PublicKey>
        package var members: Set<PublicKey>
        package var banned: (PublicKey) -> Bool

        package init(
            now: Instant, linked: Set<PublicKey>, members: Set<PublicKey>, banned: @escaping (PublicKey) -> Bool
        ) {
            self.now = now
            self.linked = linked
            self.members = members
            self.banned = banned
        }
    }

    package let own: PublicKey
    let knownMax: Int
    let wanted: Int
    let namedMax: Int
    let dialsMax: Int
    let memberDialsMax: Int
    let forgetNamed: Duration
    let backoff: Backoff
    package var places: [DialTarget: Place] = [:]
    package private(set) var records: [PublicKey: AddressRecord] = [:]
    /// Whose records are kept in any case.
    package private(set) var members: Set<PublicKey> = []
    /// Networks that members say they are in, and where what the node was started with is: how often each is named.
    private var knownNetworks: [SourceNetwork: Int] = [:]

    package init(own: PublicKey, limits: PeerLimits, times: PeerTimes) {
        self.own = own
        self.knownMax = limits.knownNodes
        self.wanted = limits.linksWanted
        self.namedMax = limits.namedAddresses
        self.dialsMax = limits.dialsAtOnce
        self.memberDialsMax = limits.memberDialsAtOnce
        self.forgetNamed = times.forgetNamed
        self.backoff = Backoff(first: times.backoffFirst, last: times.backoffLast)
    }

    // MARK: Learning

    /// An address that a person named while the node runs.
    ///
    /// - Returns: false when so many were named already that there is no room; whoever was met nowhere gives way in time, and
    ///   where this node met itself at once.
    @discardableResult
    package mutating func add(_ address: PeerAddress, now: Moment) -> Bool {
        let target = DialTarget(address: address, node: nil)
        if self.places[target] != nil { return true }
        let named = self.places.count { $0.key.node == nil && !$0.value.isConfigured }
        guard named < self.namedMax || self.forgetOldestOwn() else { return false }
        self.add(target, now: now)
        return true
    }

    /// An address that the node was started with, now or before: there is room, and it is not forgotten.
    ///
    /// - Returns: whether that is new.
    @discardableResult
    package mutating func configure(_ address: PeerAddress, now: Moment) -> Bool {
        let target = DialTarget(address: address, node: nil)
        self.add(target, now: now)
        guard self.places[target]?.isConfigured == false else { return false }
        self.places[target]?.isConfigured = true
        self.count([SourceNetwork(address.host)], 1)
        return true
    }

    /// No longer looks at an address that a person named.
    ///
    /// - Returns: whether it was looked at.
    package mutating func remove(_ address: PeerAddress) -> Bool {
        guard let place = self.places.removeValue(forKey: DialTarget(address: address, node: nil)) else { return false }
        if place.isConfigured { self.count([SourceNetwork(address.host)], -1) }
        return true
    }

    /// Forgets addresses that were named while the node runs, and where nobody else was met in a long time.
    ///
    /// When is a matter of time alone: how often somebody looked there would tell about the port.
    ///
    /// - Returns: whether there were any.
    package mutating func forgetUnmet(now: Instant) -> Bool {
        let unmet = self.places.filter { target, place in
            target.node == nil && !place.isConfigured && !place.isDialing && (place.met == nil || place.isOwn)
                && now.since(place.addedAt) >= self.forgetNamed
        }.keys
        for target in unmet { self.places[target] = nil }
        return !unmet.isEmpty
    }

    /// Makes room by the address that was named first of those where this node met itself, if there is such a one.
    private mutating func forgetOldestOwn() -> Bool {
        let own = self.places.filter { $0.key.node == nil && $0.value.isOwn && !$0.value.isConfigured }
        let oldest = own.min { ($0.value.addedAt, $0.value.sortKey) < ($1.value.addedAt, $1.value.sortKey) }
        guard let oldest else { return false }
        self.places[oldest.key] = nil
        return true
    }

    /// What persons named.
    package var added: [PeerAddress] { self.places.keys.filter { $0.node == nil }.map(\.address) }

    /// What the node was started with, now or before.
    package var configured: [PeerAddress] { self.places.filter(\.value.isConfigured).map(\.key.address) }

    private mutating func add(_ target: DialTarget, now: Moment) {
        guard self.places[target] == nil else { return }
        self.places[target] = Place(
            addedAt: now.instant, nextDial: now.instant, since: now.timestamp, sortKey: target.sortKey)
    }

    // MARK: Members

    /// Says whose records are kept in any case, besides those of linked nodes. What is too much without these goes: before
    /// members are known, any record could be one of theirs.
    package mutating func setMembers(_ members: Set<PublicKey>, linked: Set<PublicKey>) {
        for node in self.members.subtracting(members) { self.count(self.networks(of: node), -1) }
        for node in members.subtracting(self.members) { self.count(self.networks(of: node), 1) }
        self.members = members
        self.letGo(keeping: linked)
    }

    /// Whether a member says that it is there, or an address is there that the node was started with.
    package func isKnown(_ network: SourceNetwork) -> Bool { self.knownNetworks[network] != nil }

    private func networks(of node: PublicKey) -> Set<SourceNetwork> { self.records[node]?.networks ?? [] }

    private mutating func count(_ networks: Set<SourceNetwork>, _ change: Int) {
        for network in networks {
            let count = self.knownNetworks[network, default: 0] + change
            self.knownNetworks[network] = count > 0 ? count : nil
        }
    }

    private mutating func setRecord(_ record: AddressRecord?, of node: PublicKey) {
        let isMember = self.members.contains(node)
        if isMember { self.count(self.networks(of: node), -1) }
        self.records[node] = record
        if isMember { self.count(self.networks(of: node), 1) }
    }

    /// Forgets nodes as long as there are too many: first those that were looked for in vain most often.
    private mutating func letGo(keeping linked: Set<PublicKey>) {
        let others = self.records.keys.filter { !self.members.contains($0) && !linked.contains($0) }
        guard others.count > self.knownMax else { return }
        var failures: [PublicKey: Int] = [:]
        for (target, place) in self.places {
            if let node = target.node { failures[node] = max(failures[node, default: 0], place.failures) }
        }
        let sorted = others.sorted { one, other in
            let (here, there) = (failures[one, default: 0], failures[other, default: 0])
            return here == there ? one.isBefore(other) : here > there
        }
        let leaving = Set(sorted.prefix(others.count - self.knownMax))
        for node in leaving { self.setRecord(nil, of: node) }
        self.places = self.places.filter { target, _ in target.node.map { !leaving.contains($0) } ?? true }
    }

    // MARK: Records

    /// Whether a record would tell anything new; its signature need not be checked otherwise.
    func isNews(_ record: AddressRecord) -> Bool {
        guard record.node != self.own else { return false }
        guard let held = self.records[record.node] else { return true }
        return held.sequence < record.sequence
    }

    /// Takes over a record whose signature is right.
    ///
    /// - Parameter isKept: whether it is a member's or one of a linked node, for which there is always room.
    /// - Returns: whether it is news.
    package mutating func learn(_ record: AddressRecord, isKept: Bool, now: Moment) -> Bool {
        guard self.isNews(record) else { return false }
        if self.records[record.node] == nil, self.records.count >= self.knownMax {
            guard isKept || self.forgetOne() else { return false }
        }
        var record = record
        // An empty host can have been observed before.
        record.observedHost = record.observedHost ?? self.records[record.node]?.observedHost
        self.setRecord(record, of: record.node)
        self.updatePlaces(of: record, now: now)
        return true
    }

    /// What a node was seen under by this node itself, which counts more than what others tell.
    package mutating func observe(_ node: PublicKey, at host: String, now: Moment) {
        guard var record = self.records[node], record.observedHost != host else { return }
        record.observedHost = host
        self.setRecord(record, of: node)
        self.updatePlaces(of: record, now: now)
    }

    private mutating func updatePlaces(of record: AddressRecord, now: Moment) {
        let targets = Set(record.dialable.map { DialTarget(address: $0, node: record.node) })
        for target in self.targets(of: record.node) where !targets.contains(target) { self.places[target] = nil }
        for target in targets { self.add(target, now: now) }
    }

    /// Where a node says that it is.
    private func targets(of node: PublicKey) -> [DialTarget] { self.places.keys.filter { $0.node == node } }

    /// Makes room by the node that was looked for in vain most often, if there is such a one. No member does.
    private mutating func forgetOne() -> Bool {
        let hopeless = self.places.filter { $0.value.failures >= 3 }
        let worst = hopeless.filter { $0.key.node.map { !self.members.contains($0) } ?? false }.max {
            ($0.value.failures, $0.value.nextDial) < ($1.value.failures, $1.value.nextDial)
        }
        guard let node = worst?.key.node else { return false }
        self.forget(node)
        return true
    }

    /// Forgets where a node is; what a person named stays.
    mutating func forget(_ node: PublicKey) {
        self.setRecord(nil, of: node)
        for target in self.targets(of: node) { self.places[target] = nil }
    }
}
