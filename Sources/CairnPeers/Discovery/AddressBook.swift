internal import CairnConsensus
internal import CairnLedger

/// Where other nodes may be found, and when to look there again. Pure.
struct AddressBook {
    /// An address, and what came of looking there.
    struct Place: Hashable {
        /// Who was met there last.
        var met: PublicKey?
        var isDialing = false
        var failures = 0
        var nextDial: Instant
        /// Why there is no link.
        var problem: String?
        var since: Timestamp
        /// This node itself answers there.
        var isOwn = false
    }

    /// What the book has to know to choose whom to dial.
    struct Situation {
        var now: Instant
        var linked: Set<PublicKey>
        var members: Set<PublicKey>
        var banned: (PublicKey) -> Bool
    }

    let own: PublicKey
    let knownMax: Int
    let wanted: Int
    let backoff: Backoff
    var places: [DialTarget: Place] = [:]
    private(set) var records: [PublicKey: AddressRecord] = [:]

    init(own: PublicKey, limits: PeerLimits, times: PeerTimes) {
        self.own = own
        self.knownMax = limits.knownNodes
        self.wanted = limits.linksWanted
        self.backoff = Backoff(first: times.backoffFirst, last: times.backoffLast)
    }

    // MARK: Learning

    /// An address that a person named.
    mutating func add(_ address: PeerAddress, now: Moment) {
        self.add(DialTarget(address: address, node: nil), now: now)
    }

    /// What persons named.
    var added: [PeerAddress] { self.places.keys.filter { $0.node == nil }.map(\.address) }

    private mutating func add(_ target: DialTarget, now: Moment) {
        if self.places[target] == nil { self.places[target] = Place(nextDial: now.instant, since: now.timestamp) }
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
    mutating func learn(_ record: AddressRecord, isKept: Bool, now: Moment) -> Bool {
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
    mutating func observe(_ node: PublicKey, at host: String, now: Moment) {
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
