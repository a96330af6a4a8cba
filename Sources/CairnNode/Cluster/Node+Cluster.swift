internal import CairnConsensus
public import CairnLedger
public import CairnPeers
internal import CairnStore
internal import Synchronization

// The node among others.
extension Node {
    /// Other nodes that this one has links to, or looks for.
    public var peers: [PeerStatus] { self.links.withLock { $0 }?.peers ?? [] }

    /// Whether the node talks to others.
    public var hasLinks: Bool { self.links.withLock { $0 != nil } }

    /// Looks for a node at an address, now and again. Nothing happens when the node has no links.
    public func addPeer(_ address: PeerAddress) { self.links.withLock { $0 }?.add(address) }

    /// Begins to talk to other nodes. Once.
    func start(links: any Links) async {
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
