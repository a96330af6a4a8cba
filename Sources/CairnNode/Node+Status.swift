public import CairnLedger
internal import CairnLock
internal import CairnPeers
internal import CairnStore

// How the node is.
extension Node {
    /// The newest final block.
    public var head: BlockHeader { self.store.head.header }

    /// The newest final block, by its index and hash.
    public var headReference: BlockReference {
        let head = self.store.head
        return BlockReference(index: head.index, hash: head.hash, timestamp: head.header.timestamp)
    }

    public var status: NodeStatus {
        let head = self.store.head
        let repair = self.repairer.status
        var scrub = self.scrubber?.status
        // What was put right since the last pass.
        if repair.damage == nil, scrub?.corruption?.block != nil { scrub?.corruption = nil }
        let (driver, links) = (self.driver.status, self.links.withLock { $0 })
        return NodeStatus(
            version: Self.version, name: self.genesisSettings.name, chain: self.chain, key: self.publicKey,
            head: head.header, headHash: head.hash, members: self.store.members,
            queuedRecords: self.driver.queuedRecords, indexedBlock: self.indexer?.indexedBlock,
            startedAt: self.startedAt, role: driver.isMember ? .member : .follower, lostVote: driver.lostVote,
            view: driver.view, evidence: driver.evidence, catchUp: driver.catchUp, snapshot: driver.snapshot,
            linkCount: links?.linkCount ?? 0, scrub: scrub, repair: repair,
            readiness: self.readiness(
                driver, head.header, damage: (repair.damage?.corruption ?? scrub?.corruption).map { "\($0)" },
                knowsOthers: links?.knowsOthers ?? false))
    }
}
