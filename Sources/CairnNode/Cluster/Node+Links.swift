internal import CairnConsensus
public import CairnHash
internal import CairnLedger
public import CairnPeers
internal import CairnStore
public import Logging
internal import Synchronization

extension Node {
    /// Begins to talk to other nodes as the configuration says. Once.
    ///
    /// - Throws: `.links` when the address can't be listened on.
    public func openLinks() async throws(NodeError) {
        let settings = self.configuration.links
        let configuration = PeerConfiguration(
            listen: settings.port.map { PeerAddress(host: settings.host, port: $0) }, advertised: settings.advertised,
            join: settings.join, agent: "cairn \(Self.version)")
        let network: PeerNetwork
        do throws(PeerError) {
            network = try await PeerNetwork.start(
                configuration, identity: PeerIdentity(key: self.key, chain: self.chain),
                storage: AddressFile(directory: self.configuration.dataDirectory, logger: self.logger),
                receiver: self.driver, loop: self.driver.loop, logger: self.logger)
        } catch {
            throw .links("\(error)")
        }
        self.linkAddressHolder.withLock { $0 = network.boundAddress }
        await self.start(links: network)
    }

    /// Where the node takes links; nil when it takes none.
    public var linkAddress: PeerAddress? { self.linkAddressHolder.withLock { $0 } }

    /// Founds a data directory for a ledger that others have: with its genesis block, asked of them, and a new key.
    ///
    /// - Parameters:
    ///   - chain: the hash of the genesis block, which is all that has to be trusted.
    ///   - peers: nodes of the ledger; the first that answers is taken.
    ///   - patience: how long an answer is waited for.
    /// - Throws: `.links` when none of them answers in time.
    public static func join(
        dataDirectory: String, chain: Digest, peers: [PeerAddress], patience: Duration = .seconds(30), logger: Logger
    ) async throws(NodeError) {
        let genesis = try await GenesisRequest.ask(peers, chain: chain, patience: patience, logger: logger)
        var bytes: [UInt8] = []
        genesis.encode(into: &bytes)
        _ = try Self.found(dataDirectory: dataDirectory, genesis: bytes, chain: chain)
        logger.info("joined a ledger", metadata: ["chain": "\(chain)", "data": "\(dataDirectory)"])
    }
}
