internal import CairnConsensus
internal import CairnLedger

/// What a connection asks of the network that it belongs to. Called on the connection's event loop.
protocol LinkHost: AnyObject, Sendable {
    var identity: PeerIdentity { get }
    var limits: PeerLimits { get }
    var times: PeerTimes { get }
    var timestamp: Timestamp { get }

    /// This node's greeting for a connection whose other end proved its key: it gets the next number.
    func greeting(for node: PublicKey) -> Hello
    /// Both have greeted: may the link be?
    func admit(_ link: Link, openFrom: UInt64) -> LinkAdmission
    /// Messages flow from now on.
    func activated(_ link: Link, greeting: Hello)
    func received(_ message: NodeMessage, on link: Link, credit: ReceiveCredit)
    func received(_ records: [AddressRecord], on link: Link)
    /// A connection is over. Whatever was told of it before, this comes once, and last.
    func ended(_ connection: EndedConnection)
}

enum LinkAdmission: Hashable {
    case accept
    /// Another link has to end first: `Link.activate` is called then.
    case wait
    case refuse(LinkEnd)
}

/// What is left of a connection.
struct EndedConnection {
    var id: UInt64
    var node: PublicKey?
    /// The number that its greeting had.
    var number: UInt64?
    /// The link that it was, if both have greeted.
    var link: Link?
    /// Whether messages flowed.
    var wasActive: Bool
    var direction: PeerStatus.Direction
    var remoteHost: String
    var dialed: DialTarget?
    var reason: LinkEnd
}
