internal import CairnHash
internal import CairnLedger
internal import CairnPeers
internal import Logging

/// Links for a few questions, under a key of their own that nobody knows or keeps.
enum BriefLinks {
    /// - Parameters:
    ///   - peers: who is asked.
    ///   - receiver: takes the answers.
    ///   - ask: asks, and waits for what comes of it.
    /// - Returns: the answer, and what kept links from being made, to be put behind a sentence; empty when nothing did.
    /// - Throws: `.links` when none can be made at all.
    static func ask<Answer: Sendable>(
        _ peers: [PeerAddress], chain: Digest, receiver: any LinkReceiver, logger: Logger,
        _ ask: (any Links) async -> Answer?
    ) async throws(NodeError) -> (answer: Answer?, problems: String) {
        let network: PeerNetwork
        do throws(PeerError) {
            network = try await PeerNetwork.start(
                PeerConfiguration(listen: nil, join: peers), identity: PeerIdentity(key: PrivateKey(), chain: chain),
                storage: NoAddresses(), receiver: receiver, logger: logger)
        } catch {
            throw .links("\(error)")
        }
        let answer = await ask(network)
        let problems = network.peers.compactMap { peer in
            peer.problem.map { "; \(peer.address.map { "\($0)" } ?? "?"): \($0)" }
        }
        await network.shutdown()
        return (answer, problems.joined())
    }
}

/// Nothing is remembered of whom it met.
private struct NoAddresses: AddressStorage {
    func load() -> [UInt8]? { nil }
    func save(_ bytes: [UInt8]) {}
}
