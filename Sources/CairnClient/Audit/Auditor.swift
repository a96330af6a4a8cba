internal import CairnHash
public import CairnLedger

/// Watches a ledger at one or many nodes: whether all that they sign is one history, and goes on from what was seen.
///
/// In each round every node's checkpoint is fetched, its signatures are checked, and it is compared with the largest one that is
/// known by a consistency proof; who gives the proof doesn't matter, since it holds or doesn't. What is consistent with the
/// same is consistent with each other, so that compares all nodes pairwise.
public final class Auditor: Sendable {
    let pool: NodePool
    private let keeper: CheckpointKeeper

    /// Asks nobody yet.
    ///
    /// - Parameters:
    ///   - urls: of the nodes, all of the same ledger.
    ///   - policy: whose signatures count.
    ///   - storage: keeps the largest checkpoint that was found consistent.
    ///   - configuration: limits of time.
    public init(
        urls: [String], policy: TrustPolicy, storage: any CheckpointStorage,
        configuration: ClientConfiguration = ClientConfiguration()
    ) throws(LedgerClientError) {
        self.pool = try NodePool(urls: urls, configuration: configuration)
        self.keeper = CheckpointKeeper(policy: policy, storage: storage)
    }

    /// A node with the checkpoint that it shows, whose signatures are right.
    private struct Witnessed {
        var place: Int
        var node: NodeConnection
        var signed: SignedCheckpoint
        var size: TreeSize { self.signed.checkpoint.size }
    }

    /// Looks at all nodes once.
    ///
    /// - Throws: `.storage`, `.cancelled`; what nodes do is in the round.
    public func round() async throws(LedgerClientError) -> AuditRound {
        var anchor = try await self.keeper.remembered()
        let known = anchor
        var outcomes: [AuditRound.Outcome?] = self.pool.nodes.map { _ in nil }
        var seen: [Witnessed] = []
        for (place, result) in (await self.checkpoints()).enumerated() {
            do throws(LedgerClientError) {
                let node = self.pool.nodes[place]
                let signed = try result.get()
                try self.keeper.checkSignatures(of: signed, from: node.url)
                seen.append(Witnessed(place: place, node: node, signed: signed))
            } catch {
                outcomes[place] = Self.outcome(of: error)
            }
        }
        if Task.isCancelled { throw .cancelled }

        var fork: ForkEvidence?
        seen.sort { $0.size < $1.size }
        for shown in seen {
            guard let reference = anchor else {
                anchor = shown.signed
                outcomes[shown.place] = .consistent(shown.signed.checkpoint)
                continue
            }
            let (outcome, evidence) = try await self.compare(shown, with: reference, seen: seen)
            outcomes[shown.place] = outcome
            fork = fork ?? evidence
            if case .consistent = outcome, shown.size > reference.checkpoint.size { anchor = shown.signed }
        }
        if fork == nil, let anchor, anchor != known { try await self.keeper.remember(anchor) }
        let nodes = zip(self.pool.nodes, outcomes).compactMap { node, outcome in
            outcome.map { AuditRound.Node(url: node.url, outcome: $0) }
        }
        return AuditRound(nodes: nodes, latest: fork == nil ? anchor : known, fork: fork)
    }

    private static func outcome(of error: LedgerClientError) -> AuditRound.Outcome {
        switch error {
        case .badCheckpoint, .notTrusted: .notTrusted(error)
        default: .failed(error)
        }
    }

    /// All nodes' checkpoints, asked for at once.
    private func checkpoints() async -> [Result<SignedCheckpoint, LedgerClientError>] {
        await withTaskGroup(of: (Int, Result<SignedCheckpoint, LedgerClientError>).self) { group in
            for (place, node) in self.pool.nodes.enumerated() {
                group.addTask {
                    let result = await Result.awaiting { () async throws(LedgerClientError) in
                        try await node.checkpoint()
                    }
                    return (place, result)
                }
            }
            var results = self.pool.nodes.map { _ in Result<SignedCheckpoint, LedgerClientError>.failure(.cancelled) }
            for await (place, result) in group { results[place] = result }
            return results
        }
    }

    /// Has somebody prove that a checkpoint and the known one are of one history: whoever shows it first, then all others
    /// whose tree is large enough.
    private func compare(
        _ shown: Witnessed, with known: SignedCheckpoint, seen: [Witnessed]
    ) async throws(LedgerClientError) -> (AuditRound.Outcome, ForkEvidence?) {
        let checkpoint = shown.signed.checkpoint
        let larger = max(checkpoint.size, known.checkpoint.size)
        var provers = seen.filter { $0.size >= larger && $0.node.url != shown.node.url }.map(\.node)
        if checkpoint.size == larger { provers.insert(shown.node, at: 0) }
        var reason: LedgerClientError?
        for prover in provers {
            do throws(LedgerClientError) {
                try await CheckpointKeeper.check(shown.signed, with: known, by: prover)
                return (.consistent(checkpoint), nil)
            } catch {
                switch error {
                case .fork(let evidence): return (.contradicts(checkpoint), evidence)
                case .cancelled: throw error
                default: reason = reason ?? error
                }
            }
        }
        guard let reason else { return (.behind(checkpoint), nil) }
        return (.unproven(checkpoint, reason), nil)
    }
}
