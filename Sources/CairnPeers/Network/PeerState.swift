internal import CairnConsensus
internal import CairnLedger
internal import NIOCore

/// What a network knows, all under one lock.
package struct PeerState {
    var roster: Roster
    var bans: Bans
    var book: AddressBook
    var handshakes: PendingHandshakes
    /// Links by their connection, those that wait for another one to end too.
    var links: [UInt64: Link] = [:]
    /// Every connection there is, links or not.
    var channels: [UInt64: any Channel] = [:]
    /// The numbers of the connections that were greeted, by the node at their other end.
    var open: [PublicKey: Set<UInt64>] = [:]
    var lastID: UInt64 = 0
    var lastNumber: UInt64
    /// This node's own addresses, signed. Nil when it takes no links.
    var record: AddressRecord?
    /// Whose records the other links were not told yet, and the connection that brought each (0: none).
    var news: [PublicKey: UInt64] = [:]
    /// What strangers cause in the log.
    var lines = LineBudget(linesOfKind: 3)
    /// Connections of strangers that begin, a second.
    var handshakePace: TokenBucket
    /// Where members were seen to come from: the larger the number, the later.
    private var memberSources: [SourceNetwork: UInt64] = [:]
    private var lastSighting: UInt64 = 0
    /// When members lately ended a link for another one with this node's key that this process has not.
    var foreignLinks: [Instant] = []
    /// When the log said last that another process has this node's key.
    var sameKeyToldAt: Instant?
    var isSaveDue = false
    var nextSave = Instant(nanoseconds: 0)
    /// Before that, what is stored isn't known, and must not be overwritten.
    var isLoaded = false
    var isClosing = false
    /// For pauses, and for what is left out where not all fits. It stands here since ThreadSanitizer needs a place in memory for
    /// what is lent, and a variable of a type without size has none.
    var random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()

    init(configuration: PeerConfiguration, own: PublicKey, now: Moment) {
        self.roster = Roster(own: own, limit: configuration.limits.links)
        self.bans = Bans(limit: configuration.limits.bans)
        self.book = AddressBook(own: own, limits: configuration.limits, times: configuration.times)
        self.handshakes = PendingHandshakes(limits: configuration.limits)
        self.handshakePace = TokenBucket(perSecond: configuration.limits.handshakesPerSecond, now: now.instant)
        // So that the numbers of a process are larger than those of the one before.
        self.lastNumber = now.timestamp.microseconds
    }

    mutating func nextID() -> UInt64 {
        self.lastID += 1
        return self.lastID
    }

    /// A greeting's numbers for a connection to a node.
    mutating func greet(_ node: PublicKey) -> (number: UInt64, openFrom: UInt64) {
        self.lastNumber += 1
        self.open[node, default: []].insert(self.lastNumber)
        return (self.lastNumber, self.open[node]?.min() ?? self.lastNumber)
    }

    mutating func closed(number: UInt64, of node: PublicKey) {
        self.open[node]?.remove(number)
        if self.open[node]?.isEmpty == true { self.open[node] = nil }
    }

    // MARK: Where members are

    private static let memberSourcesMax = 1_024

    mutating func noteMember(at source: SourceNetwork) {
        self.lastSighting += 1
        self.memberSources[source] = self.lastSighting
        guard self.memberSources.count > Self.memberSourcesMax else { return }
        if let oldest = self.memberSources.min(by: { $0.value < $1.value })?.key { self.memberSources[oldest] = nil }
    }

    /// Whether members come from there, as far as is known: by the links that there were, and by the addresses that they sign.
    ///
    /// Asked for every connection that anybody makes, before there is any other limit: it must not take longer the more is known.
    func isKnown(_ source: SourceNetwork) -> Bool {
        self.memberSources[source] != nil || self.book.isKnown(source)
    }

    // MARK: The same key elsewhere

    private static let foreignLinksFrom = 3

    /// A member ended a link for another one that this process knows nothing of.
    ///
    /// - Returns: whether that happened so often lately that somebody else has to have this node's key.
    mutating func noteForeignLink(now: Instant) -> Bool {
        self.foreignLinks = self.foreignLinks.filter { now.since($0) < .seconds(60) } + [now]
        return self.foreignLinks.count >= Self.foreignLinksFrom
    }

    /// Whether it is to be told, which is once a minute.
    mutating func takeSameKeyLine(now: Instant) -> Bool {
        if let told = self.sameKeyToldAt, now.since(told) < .seconds(60) { return false }
        self.sameKeyToldAt = now
        return true
    }

    /// The link over which messages to a node go.
    func activeLink(to node: PublicKey) -> Link? {
        self.roster.active[node].flatMap { self.links[$0.id] }
    }

    var activeLinks: [Link] { self.roster.active.values.compactMap { self.links[$0.id] } }
}
