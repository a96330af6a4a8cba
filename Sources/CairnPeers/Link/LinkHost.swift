package import CairnConsensus
package import CairnLedger

/// What a connection asks of the network that it belongs to. Called on the connection's event loop.
package protocol LinkHost: AnyObject, Sendable {
    var identity: PeerIdentity { get }
    var limits: PeerLimits { get }
    var times: PeerTimes { get }
    var timestamp: Timestamp { get }

    /// What all nodes that are no members may take together.
    var othersBudget: SharedBudget { get }

    /// Runs what takes long on another thread. What members send doesn't wait for what others do.
    func decode(isMember: Bool, _ work: @escaping @Sendable () -> Void)
    /// This node's greeting for a connection whose other end proved its key: it gets the next number.
    func greeting(for node: PublicKey) -> Hello
    func isLinked(to node: PublicKey) -> Bool
    /// Both have greeted: may the link be?
    func admit(_ link: Link, openFrom: UInt64) -> LinkAdmission
    /// Messages flow from now on.
    func activated(_ link: Link, greeting: Hello)
    func received(_ message: NodeMessage, on link: Link, credit: ReceiveCredit)
    func received(_ records: [AddressRecord], on link: Link)
    /// A connection is over. Whatever was told of it before, this comes once, and last.
    func ended(_ connection: EndedConnection)
}

package enum LinkAdmission: Hashable {
    case accept
    /// Another link has to end first: `Link.activate` is called then.
    case wait
    case refuse(LinkEnd)
}

/// What is left of a connection.
package struct EndedConnection {
    package var id: UInt64
    package var node: PublicKey?
    /// The number that its greeting had.
    package var number: UInt64?
    /// The link that it was, if both have greeted.
    package var link: Link?
    /// Whether messages flowed.
    var wasActive: Bool
    package var direction: PeerStatus.Direction
    package var remoteHost: String
    package var dialed: DialTarget?
    package var reason: LinkEnd
}
