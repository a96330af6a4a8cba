internal import CairnConsensus
public import CairnHash
package import CairnIndex
public import CairnLedger
package import CairnLock
package import CairnPeers
package import CairnStore
public import Logging
internal import Synchronization

/// One node: it keeps a ledger in a data directory, takes records, and answers questions about them.
public final class Node: Sendable {
    public static let version = "0.2.0"

    public struct Configuration: Sendable {
        /// Path of the data directory.
        public var dataDirectory: String
        /// Records that may wait to be written before one more is refused with `.queueFull`.
        public var queueRecordsMax = 65_536
        /// Bytes of records that may wait.
        public var queueBytesMax = 64 << 20
        /// Whether the index is kept. Without it blocks are found by index only, and records by number.
        public var isIndexed = true
        /// How fast the node checks its own ledger in the background, in bytes a second; nil: not at all.
        public var scrubBytesPerSecond: UInt64?
        /// How the node finds others.
        public var links = LinkConfiguration()
        /// How long records may wait for the other members' votes before their caller is told that they are not final yet.
        public var submissionTimeout = Duration.seconds(30)

        public init(dataDirectory: String) {
            self.dataDirectory = dataDirectory
        }
    }

    public let genesisSettings: GenesisSettings
    /// The chain's identity: the hash of its genesis block.
    public let chain: Digest
    public let publicKey: PublicKey
    public let startedAt = Timestamp.now()

    package let store: LedgerStore
    package let index: LedgerIndex?
    let indexer: Indexer?
    let checkpointSigner: CheckpointSigner
    let checkpoints: CheckpointPublisher
    package let scrubber: Scrubber?
    private let background: BackgroundWork
    package let repairer: LedgerRepairer
    let blockSource: RepairSource
    package let configuration: Configuration
    package let key: PrivateKey
    package let logger: Logger
    package let driver: LedgerDriver
    let linkAddressHolder = Lock(PeerAddress?.none)
    package let links = Lock((any Links)?.none)
    let growth: GrowthWaiters
    /// Those who wait until the history is there.
    package let whole: GrowthWaiters
    let failure: FailureSignal
    private let isStopping = Lock(false)
    /// Whether the node is going to be shut down.
    let isEnding = Atomic(false)
    let readinessLog = Lock(ReadinessLog())
    private let readinessWatch: ReadinessWatch

    // MARK: Life

    /// Founds a ledger in a data directory, made when it isn't there. The node's key becomes its only member.
    ///
    /// - Returns: the chain's identity.
    public static func create(
        dataDirectory: String, name: String, message: String
    ) throws(NodeError) -> Digest {
        try Self.create(
            on: RealDisk(root: dataDirectory), dataDirectory: dataDirectory, name: name, message: message)
    }

    /// - Parameter submissionWindow: how many of the newest records are remembered by submission id.
    package static func create(
        on disk: any Disk, dataDirectory: String, name: String, message: String,
        submissionWindow: UInt64 = Limits.submissionWindowDefault
    ) throws(NodeError) -> Digest {
        try Self.found(
            on: disk, dataDirectory: dataDirectory, name: name, message: message, submissionWindow: submissionWindow
        ).chain
    }

    /// Opens the ledger in a data directory. Blocking: some milliseconds, after a crash up to seconds.
    public static func open(_ configuration: Configuration, logger: Logger) throws(NodeError) -> Node {
        try Self.open(configuration, on: RealDisk(root: configuration.dataDirectory), logger: logger)
    }

    /// Opens the ledger on any disk; only the index stands in the data directory.
    package static func open(
        _ configuration: Configuration, on disk: any Disk, journalRoomBytes: UInt64 = Journal.roomBytes, logger: Logger
    ) throws(NodeError) -> Node {
        try onStore { () throws(StoreError) -> Node in
            guard try LedgerStore.exists(on: disk) else { throw .noLedger(path: configuration.dataDirectory) }
            // Before anything is changed: a directory without its key is a copy.
            let key = try KeyFile.read(on: disk)
            let ledger = try OpenedNode.open(on: disk, logger: logger)
            let history = ledger.history
            let opened = ledger.takeOpened()
            let members = opened.chain.members
            let memory =
                history == nil
                ? try OpenedMemory.open(
                    on: disk, chain: opened.chain.chain, key: key.publicKey,
                    isAlone: members.isOnly(key.publicKey), roomBytes: journalRoomBytes)
                : .withoutHistory
            try UnusedKey.use(on: disk)
            for repair in opened.repairs + memory.repairs {
                logger.warning("repaired", metadata: ["what": "\(repair)"])
            }
            if members.position(of: key.publicKey) == nil {
                logger.info("this node is no member: it follows", metadata: ["key": "\(key.publicKey)"])
            } else if let problem = memory.lostVote {
                logger.error(
                    "this node must not vote: it follows until another key takes its place",
                    metadata: ["key": "\(key.publicKey)", "why": "\(problem)"])
            }
            let certificate = try opened.store.block(opened.store.head.index).certificate
            let beginning = LedgerDriver.Beginning(
                opened: opened, key: key, journal: memory.journal, memory: memory.memory,
                lostVote: memory.lostVote, headCertificate: certificate, history: history)
            return Node(configuration, beginning, logger: logger)
        }
    }

    private init(
        _ configuration: Configuration, _ beginning: consuming LedgerDriver.Beginning, logger: Logger
    ) {
        let chain = beginning.opened.chain
        let store = beginning.opened.store
        let key = beginning.key
        self.configuration = configuration
        self.key = key
        self.logger = logger
        self.genesisSettings = chain.genesisSettings
        self.chain = chain.chain
        self.publicKey = key.publicKey
        self.store = store
        let index = configuration.isIndexed ? Self.openIndex(configuration, store: store, chain.chain, logger) : nil
        let indexer = index.flatMap { try? Indexer(index: $0, store: store, logger: logger) }
        self.index = index
        self.indexer = indexer
        let signer = CheckpointSigner(settings: chain.genesisSettings, chain: chain.chain, nodeKey: key, store: store)
        self.checkpointSigner = signer
        let listeners = Listeners(
            store: store, indexer: indexer,
            checkpoints: CheckpointPublisher(store: store, signer: signer, logger: logger))
        self.checkpoints = listeners.checkpoints
        self.failure = listeners.failure
        self.growth = listeners.growth
        self.whole = listeners.whole
        self.readinessWatch = listeners.watch
        self.background = listeners.background
        self.blockSource = listeners.source
        let driver = LedgerDriver(
            beginning, configuration: Self.driverConfiguration(configuration), logger: logger,
            reports: listeners.reports)
        self.driver = driver
        let repairer = LedgerRepairer(store: store, logger: logger) { repair throws(StoreError) in
            try await driver.repair(repair)
        }
        self.repairer = repairer
        self.scrubber = configuration.scrubBytesPerSecond.map {
            Scrubber(store: store, pace: ScrubPace(bytesPerSecond: $0), logger: logger) { repairer.take($0) }
        }
        self.begin()
    }

    private static func driverConfiguration(_ configuration: Configuration) -> LedgerDriver.Configuration {
        LedgerDriver.Configuration(
            capacity: QueueCapacity(records: configuration.queueRecordsMax, bytes: configuration.queueBytesMax),
            submissionTimeout: configuration.submissionTimeout)
    }

    /// Makes its parts known to one another, now that all are there.
    private func begin() {
        self.blockSource.connect(self.driver, self.repairer)
        self.background.connect(self.indexer, self.scrubber)
        if self.store.isWhole { self.background.start() }
        self.readinessWatch.connect(self)
    }

    private static func openIndex(
        _ configuration: Configuration, store: LedgerStore, _ chain: Digest, _ logger: Logger
    ) -> LedgerIndex? {
        do throws(IndexError) {
            let path = configuration.dataDirectory + "/" + Self.indexPath
            let index = try LedgerIndex(path: path, chain: chain) { block in
                guard block <= store.head.index else { return nil }
                return try? store.header(of: block).hash
            }
            if let reason = index.rebuildReason {
                logger.info("the index is being made", metadata: ["why": "\(reason)"])
            }
            return index
        } catch {
            // The ledger does not depend on it.
            logger.error("there is no index: look-ups by hash don't work", metadata: ["error": "\(error)"])
            return nil
        }
    }

    package static let indexPath = "index.sqlite"

    /// Finishes what was accepted, seals the store and closes it. Later submissions fail with `.stopped`.
    public func shutdown() async {
        let isFirst = self.isStopping.withLock { isStopping in
            defer { isStopping = true }
            return !isStopping
        }
        self.announceStop()
        guard isFirst else {
            _ = await self.failure.wait()
            return
        }
        self.blockSource.stop()
        await self.repairer.stop()
        await self.driver.close()
        await self.links.withLock { $0 }?.shutdown()
        await self.driver.shutdown()
        self.growth.stop()
        self.whole.stop()
        self.checkpoints.stop()
        self.background.stop()
        self.failure.end()
    }

    /// Waits until the node stopped by itself, since its disk failed, and throws why. Returns after `shutdown()`.
    public func waitForFailure() async throws(NodeError) {
        if let error = await self.failure.wait() { throw error }
    }

    // MARK: Appending

    /// Hands records in.
    ///
    /// - Parameters:
    ///   - client: who does; clients take turns.
    ///   - completion: called once, when the records are final and durable or never will be, on the thread that
    ///     writes the ledger: it must be short and must not block.
    public func submit(
        _ submission: Submission, client: ClientID = ClientID(rawValue: 0),
        completion: @escaping @Sendable (Result<Receipt, AppendError>) -> Void
    ) {
        self.driver.submit(submission, client: client, completion: completion)
    }

    /// Hands records in, and waits until they are final and durable.
    public func submit(_ submission: Submission) async throws(AppendError) -> Receipt {
        let result = await withCheckedContinuation { continuation in
            self.submit(submission) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}

private func onStore<Result>(_ body: () throws(StoreError) -> Result) throws(NodeError) -> Result {
    do throws(StoreError) {
        return try body()
    } catch {
        throw .store(error)
    }
}
