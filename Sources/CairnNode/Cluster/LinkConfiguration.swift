public import CairnPeers

/// How a node finds other nodes of its ledger, and is found.
public struct LinkConfiguration: Hashable, Sendable {
    /// The address to listen on for links.
    public var host = "127.0.0.1"
    /// Nil: the node takes no links, and only goes to others. 0: the system chooses.
    public var port: UInt16?
    /// Where others reach this node; empty: where it listens.
    public var advertised: [PeerAddress] = []
    /// Nodes to begin with: any one of the ledger's.
    public var join: [PeerAddress] = []

    /// What other nodes may take of this one.
    public var limits = PeerLimits()

    public init() {}
}
