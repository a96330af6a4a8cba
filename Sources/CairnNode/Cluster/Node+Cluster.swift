internal import CairnConsensus
public import CairnLedger
internal import CairnLock
public import CairnPeers
internal import CairnStore

// The node among others.
extension Node {
    /// Other nodes that this one has links to, or looks for.
    public var peers: [PeerStatus] { self.links.withLock { $0 }?.peers ?? [] }

    /// Whether the node talks to others.
    public var hasLinks: Bool { self.links.withLock { $0 != nil } }

    /// Looks for a node at an address, now and again.
    ///
    /// - Returns: false when the node has no links, or was told of so many addresses that there is no room.
    public func addPeer(_ address: PeerAddress) -> Bool { self.links.withLock { $0 }?.add(address) ?? false }

    /// Looks for no node at an address any more.
    ///
    /// - Returns: false when nobody asked to.
    public func removePeer(_ address: PeerAddress) -> Bool { self.links.withLock { $0 }?.remove(address) ?? false }

    /// Begins to talk to other nodes. Once.
    package func start(links: any Links) async {
        self.links.withLock { present in
            precondition(present == nil, "a node begins to talk once")
            present = links
        }
        await self.driver.start(links: links)
        self.checkpoints.setSend { links.sendToAll(.checkpoint($0)) }
    }

    /// Hands in a change of members that is signed by all who have to, and waits until it is final.
    public func submit(_ change: MemberChange) async throws(ChangeError) -> BlockReference {
        let result = await withCheckedContinuation { continuation in
            self.driver.submit(change) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Waits until the ledger has a number of records.
    ///
    /// - Returns: false when it has not within the time, or when the node stops before.
    public func waitForSize(_ size: TreeSize, timeout: Duration) async -> Bool {
        await self.growth.wait(for: size, present: { self.store.head.treeSize }, timeout: timeout)
    }
}
