internal import CairnConsensus
public import CairnHash
internal import CairnLedger
internal import CairnLock
public import CairnPeers
internal import CairnStore
public import Logging

extension Node {
    /// Whether the node has to talk to others, also where nobody names any: they have to agree, or it met them before.
    public var needsLinks: Bool {
        guard self.driver.status.isAlone else { return true }
        let kept = AddressFile(directory: self.configuration.dataDirectory, logger: self.logger).load()
        guard let kept, let file = try? CairnPeers.AddressFile(decoding: kept) else { return false }
        return !file.records.isEmpty || !file.added.isEmpty
    }

    /// Begins to talk to other nodes as the configuration says. Once.
    ///
    /// - Throws: `.links` when the address can't be listened on.
    public func openLinks() async throws(NodeError) {
        let settings = self.configuration.links
        let configuration = PeerConfiguration(
            listen: settings.port.map { PeerAddress(host: settings.host, port: $0) }, advertised: settings.advertised,
            join: settings.join, agent: "cairn \(Self.version)",
            limits: settings.limits)
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
        if settings.port == nil, self.driver.status.isMember {
            self.logger.notice(
                "this member goes to others, who can't come to it: give it --peer-port to let them",
                metadata: ["known": "\(network.peers.count)"])
        }
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
