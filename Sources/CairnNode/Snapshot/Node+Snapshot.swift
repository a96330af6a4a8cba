package import CairnConsensus
internal import CairnHash
package import CairnLedger
public import CairnPeers
package import CairnStore
public import Logging

extension Node {
    /// Has a directory whose ledger was joined begin at the newest block, in place of the genesis block: with a snapshot
    /// asked of other nodes and verified from the genesis block on. The history before it comes when the node is open.
    ///
    /// Nothing is done when the directory holds more than the genesis block, began with a snapshot before, or the ledger is
    /// short. A crash leaves a directory for which it can be done again.
    ///
    /// - Parameters:
    ///   - peers: nodes of the ledger.
    ///   - patience: how long anything that is of use is waited for.
    /// - Throws: `.links` when no node gives one; `.snapshotOfMember` when the directory's key is a member's.
    public static func beginWithSnapshot(
        dataDirectory: String, peers: [PeerAddress], patience: Duration = .seconds(30), logger: Logger
    ) async throws(NodeError) {
        try await Self.beginWithSnapshot(
            on: RealDisk(root: dataDirectory), peers: peers, patience: patience, logger: logger)
    }

    package static func beginWithSnapshot(
        on disk: any Disk, peers: [PeerAddress], patience: Duration, logger: Logger
    ) async throws(NodeError) {
        guard let (genesis, key) = try Self.bareLedger(on: disk) else { return }
        logger.info("a snapshot is being fetched", metadata: ["chain": "\(genesis.header.hash)"])
        let result = try await SnapshotRequest.ask(
            peers, genesis: genesis, key: key, patience: patience, logger: logger)
        try Self.begin(with: result, on: disk, key: key, logger: logger)
    }

    /// - Parameter key: the directory's.
    package static func begin(
        with result: SnapshotResult, on disk: any Disk, key: PublicKey, logger: Logger
    ) throws(NodeError) {
        switch result {
        case .found(let base, let first):
            do throws(StoreError) {
                try LedgerAhead.create(base, first: first, on: disk)
            } catch {
                throw .store(error)
            }
            logger.info(
                "the ledger begins with a snapshot",
                metadata: ["block": "\(base.firstBlock)", "record": "\(base.firstRecord)"])
        case .short(let head):
            logger.info("the ledger is short: no snapshot is needed", metadata: ["head": "\(head)"])
        case .member: throw .snapshotOfMember(key)
        case .broken(let index, let rule): throw .snapshot(index, rule)
        }
    }

    /// Waits until the history of a ledger that began with a snapshot is there.
    ///
    /// - Returns: false when it is not within the time, or when the node stops before.
    public func waitUntilWhole(timeout: Duration) async -> Bool {
        await self.whole.wait(for: 1, present: { self.driver.status.snapshot == nil ? 1 : 0 }, timeout: timeout)
    }

    /// The genesis block and the key of a directory that holds nothing else. Nil when there is more.
    private static func bareLedger(on disk: any Disk) throws(NodeError) -> (genesis: Block, key: PublicKey)? {
        let found: (genesis: Block?, key: PublicKey, isMember: Bool)
        do throws(StoreError) {
            guard try !LedgerAhead.exists(on: disk) else { return nil }
            let opened = try LedgerStore.open(on: disk)
            let store = opened.store
            let key = try KeyFile.read(on: disk).publicKey
            let isMember = opened.chain.members.position(of: key) != nil
            var writer = opened.takeWriter()
            found = (store.head.index == 0 ? try store.block(0).block : nil, key, isMember)
            try writer.close()
        } catch {
            throw .store(error)
        }
        guard let genesis = found.genesis else { return nil }
        guard !found.isMember else { throw .snapshotOfMember(found.key) }
        return (genesis, found.key)
    }
}
