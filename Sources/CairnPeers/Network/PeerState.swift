internal import CairnConsensus
internal import CairnLedger
internal import NIOCore

/// What a network knows, all under one lock.
struct PeerState {
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
    /// Lines about connections that came to nothing.
    var logBudget: TokenBucket
    var isSaveDue = false
    var nextSave = Instant(nanoseconds: 0)
    /// Before that, what is stored isn't known, and must not be overwritten.
    var isLoaded = false
    var isClosing = false

    init(configuration: PeerConfiguration, own: PublicKey, now: Moment) {
        self.roster = Roster(own: own, limit: configuration.limits.links)
        self.bans = Bans(limit: configuration.limits.bans)
        self.book = AddressBook(own: own, limits: configuration.limits, times: configuration.times)
        self.handshakes = PendingHandshakes(limits: configuration.limits)
        self.logBudget = TokenBucket(perSecond: 5, now: now.instant)
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

    /// The link over which messages to a node go.
    func activeLink(to node: PublicKey) -> Link? {
        self.roster.active[node].flatMap { self.links[$0.id] }
    }

    var activeLinks: [Link] { self.roster.active.values.compactMap { self.links[$0.id] } }
}
