package import CairnConsensus
package import CairnLedger

/// Where other nodes may be found, and when to look there again. Pure.
package struct AddressBook {
    /// An address, and what came of looking there.
    package struct Place: Hashable {
        /// Named where the node was started, for as long as it runs.
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
    let forgetNamed: Duration
    let backoff: Backoff
    package var places: [DialTarget: Place] = [:]
    package private(set) var records: [PublicKey: AddressRecord] = [:]

    package init(own: PublicKey, limits: PeerLimits, times: PeerTimes) {
        self.own = own
        self.knownMax = limits.knownNodes
        self.wanted = limits.linksWanted
        self.namedMax = limits.namedAddresses
        self.dialsMax = limits.dialsAtOnce
        self.forgetNamed = times.forgetNamed
        self.backoff = Backoff(first: times.backoffFirst, last: times.backoffLast)
    }

    // MARK: Learning

    /// An address that a person named while the node runs.
    ///
    /// - Returns: false when so many were named already that there is no room; whoever was met nowhere gives way in time.
    @discardableResult
    package mutating func add(_ address: PeerAddress, now: Moment) -> Bool {
        let target = DialTarget(address: address, node: nil)
        if self.places[target] != nil { return true }
        guard self.places.count(where: { $0.key.node == nil && !$0.value.isConfigured }) < self.namedMax else {
            return false
        }
        self.add(target, now: now)
        return true
    }

    /// An address that the node was started with: there is room, and it is not forgotten.
    package mutating func configure(_ address: PeerAddress, now: Moment) {
        let target = DialTarget(address: address, node: nil)
        self.add(target, now: now)
        self.places[target]?.isConfigured = true
    }

    /// No longer looks at an address that a person named.
    ///
    /// - Returns: whether it was looked at.
    package mutating func remove(_ address: PeerAddress) -> Bool {
        self.places.removeValue(forKey: DialTarget(address: address, node: nil)) != nil
    }

    /// Forgets addresses that were named while the node runs, and where nobody was met in a long time.
    ///
    /// When is a matter of time alone: how often somebody looked there would tell about the port.
    ///
    /// - Returns: whether there were any.
    package mutating func forgetUnmet(now: Instant) -> Bool {
        let before = self.places.count
        self.places = self.places.filter { target, place in
            target.node != nil || place.met != nil || place.isConfigured || place.isDialing
                || now.since(place.addedAt) < self.forgetNamed
        }
        return self.places.count < before
    }

    /// What persons named.
    package var added: [PeerAddress] { self.places.keys.filter { $0.node == nil }.map(\.address) }

    /// What the node was started with.
    var configured: [PeerAddress] { self.places.filter(\.value.isConfigured).map(\.key.address) }

    private mutating func add(_ target: DialTarget, now: Moment) {
        guard self.places[target] == nil else { return }
        self.places[target] = Place(addedAt: now.instant, nextDial: now.instant, since: now.timestamp)
    }

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
        self.records[record.node] = record
        self.updatePlaces(of: record, now: now)
        return true
    }

    /// What a node was seen under by this node itself, which counts more than what others tell.
    package mutating func observe(_ node: PublicKey, at host: String, now: Moment) {
        guard var record = self.records[node], record.observedHost != host else { return }
        record.observedHost = host
        self.records[node] = record
        self.updatePlaces(of: record, now: now)
    }

    private mutating func updatePlaces(of record: AddressRecord, now: Moment) {
        let targets = Set(record.dialable.map { DialTarget(address: $0, node: record.node) })
        for target in self.targets(of: record.node) where !targets.contains(target) { self.places[target] = nil }
        for target in targets { self.add(target, now: now) }
    }

    /// Where a node says that it is.
    private func targets(of node: PublicKey) -> [DialTarget] { self.places.keys.filter { $0.node == node } }

    /// Makes room by the node that was looked for in vain most often, if there is such a one.
    private mutating func forgetOne() -> Bool {
        let hopeless = self.places.filter { $0.value.failures >= 3 }
        let worst = hopeless.filter { $0.key.node != nil }.max {
            ($0.value.failures, $0.value.nextDial) < ($1.value.failures, $1.value.nextDial)
        }
        guard let node = worst?.key.node else { return false }
        self.forget(node)
        return true
    }

    /// Forgets where a node is; what a person named stays.
    mutating func forget(_ node: PublicKey) {
        self.records[node] = nil
        for target in self.targets(of: node) { self.places[target] = nil }
    }
}
