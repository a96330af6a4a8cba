public import CairnConsensus
public import CairnLedger

/// A node's links to other nodes of its ledger. Who is at the other end of a link has proven its key.
public protocol Links: Sendable {
    /// Sends a message, without waiting.
    ///
    /// - Returns: whether there are links to all of these nodes and room in their queues: what does not fit is not sent, and
    ///   not kept either.
    @discardableResult
    func send(_ message: NodeMessage, to nodes: [PublicKey]) -> Bool
    /// Sends a message to every node that there is a link to, without waiting.
    func sendToAll(_ message: NodeMessage)
    /// Whose links matter most: there is always room for the members of the present epoch.
    func setMembers(_ members: [PublicKey])
    /// Ends the link to a node that provably lied, and takes no other from it for a while.
    func ban(_ node: PublicKey, because reason: String)
    /// Looks for a node at an address, now and again; not for ever when nobody is met there.
    ///
    /// - Returns: false when there is no room for one more.
    func add(_ address: PeerAddress) -> Bool
    /// Looks there no more. A link that there is stays.
    ///
    /// - Returns: false when nobody asked to look there.
    func remove(_ address: PeerAddress) -> Bool
    var peers: [PeerStatus] { get }
    /// How many of `peers` are linked. It is asked often.
    var linkCount: Int { get }
    /// Whether there are any `peers`. It is asked often.
    var knowsOthers: Bool { get }
    /// Ends all links.
    func shutdown() async
}

extension Links {
    public var linkCount: Int { self.peers.count { $0.isLinked } }
    public var knowsOthers: Bool { !self.peers.isEmpty }
}

/// What takes what comes over links. Called on event loops: nothing here may block.
public protocol LinkReceiver: AnyObject, Sendable {
    /// - Parameter credit: finished when the message was dealt with. A link whose messages are not dealt with is not read on.
    func received(_ message: NodeMessage, from node: PublicKey, credit: ReceiveCredit)
    /// There is a link to a node now.
    func linked(to node: PublicKey)
    /// There is no link to a node any more.
    func unlinked(from node: PublicKey)
}

/// The room that a message takes until it was dealt with.
public struct ReceiveCredit: Sendable {
    private let onFinish: @Sendable () -> Void

    public init(_ onFinish: @escaping @Sendable () -> Void) {
        self.onFinish = onFinish
    }

    /// Called once.
    public func finish() { self.onFinish() }
}
