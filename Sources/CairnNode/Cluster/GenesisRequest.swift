internal import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnLock
internal import CairnPeers
internal import CairnStore
internal import Dispatch
internal import Logging

/// Asks nodes of a ledger for its genesis block, by a key of its own that nobody knows or keeps.
final class GenesisRequest: LinkReceiver {
    private struct State {
        var links: (any Links)?
        var linked: [PublicKey] = []
        var result: Block?
        var isOver = false
        var continuation: CheckedContinuation<Block?, Never>?
    }

    private let chain: Digest
    private let state = Lock(State())

    private init(chain: Digest) {
        self.chain = chain
    }

    /// - Parameter patience: how long an answer is waited for.
    static func ask(
        _ peers: [PeerAddress], chain: Digest, patience: Duration, logger: Logger
    ) async throws(NodeError) -> Block {
        let request = GenesisRequest(chain: chain)
        let (genesis, problems) = try await BriefLinks.ask(peers, chain: chain, receiver: request, logger: logger) {
            request.begin($0)
            return await request.wait(patience)
        }
        guard let genesis else {
            throw .links(
                "no node of the ledger \(chain) gave its genesis block within \(patience.components.seconds) s"
                    + problems)
        }
        return genesis
    }

    private func begin(_ links: any Links) {
        let linked = self.state.withLock { state in
            state.links = links
            return state.linked
        }
        for node in linked { self.ask(node, over: links) }
    }

    private func ask(_ node: PublicKey, over links: any Links) {
        links.send(.catchUp(.blocksRequest(0...0)), to: [node])
    }

    private func wait(_ patience: Duration) async -> Block? {
        DispatchQueue.global().asyncAfter(
            deadline: .now() + .nanoseconds(Int(patience / .nanoseconds(1)))
        ) { self.finish(nil) }
        return await withCheckedContinuation { continuation in
            let isOver = self.state.withLock { state in
                if !state.isOver { state.continuation = continuation }
                return state.isOver
            }
            if isOver { continuation.resume(returning: self.state.withLock { $0.result }) }
        }
    }

    private func finish(_ block: Block?) {
        let continuation = self.state.withLock { state -> CheckedContinuation<Block?, Never>? in
            guard !state.isOver else { return nil }
            state.isOver = true
            state.result = block
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(returning: block)
    }

    // MARK: Links

    func received(_ message: NodeMessage, from node: PublicKey, credit: ReceiveCredit) {
        defer { credit.finish() }
        guard case .catchUp(.blocks(let blocks)) = message, let genesis = blocks.first?.block,
            genesis.header.hash == self.chain, (try? ChainState(genesis: genesis)) != nil
        else { return }
        self.finish(genesis)
    }

    func linked(to node: PublicKey) {
        let links = self.state.withLock { state in
            state.linked.append(node)
            return state.links
        }
        if let links { self.ask(node, over: links) }
    }

    func unlinked(from node: PublicKey) {
        self.state.withLock { $0.linked.removeAll { $0 == node } }
    }
}
