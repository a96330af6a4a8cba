internal import CairnHash
internal import CairnLedger
internal import CairnLock

/// Remembers the largest checkpoint that was seen, and takes no other than one that continues it.
final class CheckpointKeeper: Sendable {
    private enum State {
        case notLoaded
        case loaded(SignedCheckpoint?)
    }

    private let policy: TrustPolicy
    private let storage: any CheckpointStorage
    private let gate = SerialGate()
    private let state = Lock(State.notLoaded)

    init(policy: TrustPolicy, storage: any CheckpointStorage) {
        self.policy = policy
        self.storage = storage
    }

    /// Nil when none was ever seen.
    func remembered() async throws(LedgerClientError) -> SignedCheckpoint? {
        if case .loaded(let known) = self.state.withLock({ $0 }) { return known }
        return try await self.gate.pass { () throws(LedgerClientError) in
            if case .loaded(let known) = self.state.withLock({ $0 }) { return known }
            let known = try await self.load()
            self.state.withLock { $0 = .loaded(known) }
            return known
        }
    }

    /// Its signatures were checked before it was stored, by a policy that may be replaced since.
    private func load() async throws(LedgerClientError) -> SignedCheckpoint? {
        let bytes: [UInt8]?
        do {
            bytes = try await self.storage.load()
        } catch {
            throw .storage(reason: "\(error)")
        }
        guard let bytes else { return nil }
        let known: SignedCheckpoint
        do throws(CheckpointError) {
            known = try SignedCheckpoint(parsing: bytes)
        } catch {
            throw .storage(reason: "what is stored is no checkpoint: \(error)")
        }
        let origin = known.checkpoint.origin
        guard self.policy.logs.contains(where: { $0.key.name == origin }) else {
            throw .storage(reason: "what is stored is of the log \(origin), which the policy does not trust")
        }
        return known
    }

    func checkSignatures(of signed: SignedCheckpoint, from node: NodeURL) throws(LedgerClientError) {
        do throws(PolicyViolation) {
            _ = try self.policy.verify(signed)
        } catch {
            throw .notTrusted(node, error)
        }
    }

    /// Checks a checkpoint against the policy and against the one that is remembered, and remembers it when it is larger.
    ///
    /// - Parameter node: who said it, and so has to prove that both are of one history.
    /// - Throws: `.behind` when the node can't prove it since its own ledger ends before the remembered one.
    func adopt(_ signed: SignedCheckpoint, from node: NodeConnection) async throws(LedgerClientError) {
        try self.checkSignatures(of: signed, from: node.url)
        while true {
            let known = try await self.remembered()
            if let known { try await Self.check(signed, with: known, by: node) }
            let isLarger = known.map { signed.checkpoint.size > $0.checkpoint.size } ?? true
            guard isLarger else { return }
            let isDone = try await self.gate.pass { () throws(LedgerClientError) in
                // Another task may have gone on meanwhile: then compare with that.
                guard case .loaded(known) = self.state.withLock({ $0 }) else { return false }
                try await self.store(signed)
                return true
            }
            if isDone { return }
        }
    }

    /// Remembers a checkpoint that was compared with the one that is remembered.
    func remember(_ signed: SignedCheckpoint) async throws(LedgerClientError) {
        try await self.gate.pass { () throws(LedgerClientError) in try await self.store(signed) }
    }

    private func store(_ signed: SignedCheckpoint) async throws(LedgerClientError) {
        do {
            try await self.storage.store(signed.bytes)
        } catch {
            throw .storage(reason: "\(error)")
        }
        self.state.withLock { $0 = .loaded(signed) }
    }

    /// Checks that two signed checkpoints are of one history.
    static func check(
        _ signed: SignedCheckpoint, with known: SignedCheckpoint, by prover: NodeConnection
    ) async throws(LedgerClientError) {
        let evidence = try await Self.compare(signed, known, by: prover)
        switch evidence.verdict {
        case .consistent: return
        case .twoRoots, .otherBeginning: throw .fork(evidence)
        case .unproven: throw .unprovenGrowth(prover.url, evidence)
        }
    }

    /// Asks a node how the smaller tree grew into the larger.
    static func compare(
        _ one: SignedCheckpoint, _ other: SignedCheckpoint, by prover: NodeConnection
    ) async throws(LedgerClientError) -> ForkEvidence {
        let (old, new) = (
            min(one.checkpoint.size, other.checkpoint.size), max(one.checkpoint.size, other.checkpoint.size)
        )
        guard old > 0, old < new else { return ForkEvidence(one, other, proof: nil) }
        do throws(LedgerClientError) {
            return ForkEvidence(one, other, proof: try await prover.growth(from: old, to: new))
        } catch {
            // "no-such-tree": its ledger ends before that.
            guard case .refused(_, let problem) = error, problem.status == 404 else { throw error }
            throw .behind(prover.url, size: nil, known: new)
        }
    }
}
