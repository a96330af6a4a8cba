public import CairnLedger

/// A client of one ledger, at one or several nodes, that believes nothing which it didn't check.
///
/// It knows the ledger by a `TrustPolicy`: whose signatures make a checkpoint. It remembers the largest checkpoint that
/// it saw, also over its runs, and takes no other than one that provably continues it. Records come with a proof that
/// leads to that checkpoint. So a node can refuse to answer, or answer late; it can't make up, change, leave out or
/// reorder a record without being noticed, and neither can all nodes together after the client saw a checkpoint.
///
/// A node whose ledger ends before the remembered checkpoint is no liar yet: it may be catching up. Another node is asked
/// then, and when there is none that has more, the remembered checkpoint stays.
///
/// May be used by any number of tasks at once.
public final class LedgerClient: Sendable {
    let pool: NodePool
    let keeper: CheckpointKeeper
    /// Whose signatures count.
    public let policy: TrustPolicy

    /// Asks nobody yet.
    ///
    /// - Parameters:
    ///   - urls: of nodes of the same ledger, such as `http://127.0.0.1:5000`; the first one is asked first.
    ///   - policy: whose signatures make a checkpoint.
    ///   - storage: keeps the last checkpoint. One that forgets trusts the first checkpoint of each run.
    ///   - configuration: limits, and who hears of nodes that fail.
    public init(
        urls: [String], policy: TrustPolicy, storage: any CheckpointStorage,
        configuration: ClientConfiguration = ClientConfiguration()
    ) throws(LedgerClientError) {
        self.pool = try NodePool(urls: urls, configuration: configuration)
        self.keeper = CheckpointKeeper(policy: policy, storage: storage)
        self.policy = policy
    }

    // MARK: Checkpoints

    /// The largest checkpoint that was seen and found consistent; nil when none ever was. Asks no node.
    public var remembered: SignedCheckpoint? {
        get async throws(LedgerClientError) { try await self.keeper.remembered() }
    }

    /// Asks for the newest checkpoint, checks that it continues the remembered one, and remembers it.
    ///
    /// - Returns: the largest that is known now.
    /// - Throws: `.fork` with evidence when the log signed two histories.
    @discardableResult
    public func refresh() async throws(LedgerClientError) -> Checkpoint {
        var laggards: [SignedCheckpoint] = []
        let failure: LedgerClientError
        do throws(LedgerClientError) {
            let prover = try await self.pool.any { node throws(LedgerClientError) in
                let signed = try await node.checkpoint()
                if let known = try await self.keeper.remembered(), signed.checkpoint.size < known.checkpoint.size {
                    try self.keeper.checkSignatures(of: signed, from: node.url)
                    laggards.append(signed)
                    throw .behind(node.url, size: signed.checkpoint.size, known: known.checkpoint.size)
                }
                try await self.keeper.adopt(signed, from: node)
                return node
            }
            let known = try await self.known()
            for signed in laggards { try await self.checkLaggard(signed, with: known, by: prover) }
            return known.checkpoint
        } catch {
            failure = error
        }
        // Nobody has more than what is known. That is no news, and no lie.
        guard !laggards.isEmpty, failure.isTransient else { throw failure }
        return try await self.known().checkpoint
    }

    /// A smaller tree has to be the beginning of the larger. Whoever has the larger can tell.
    private func checkLaggard(
        _ signed: SignedCheckpoint, with known: SignedCheckpoint, by prover: NodeConnection
    ) async throws(LedgerClientError) {
        do throws(LedgerClientError) {
            try await CheckpointKeeper.check(signed, with: known, by: prover)
        } catch {
            if case .fork = error { throw error }
            self.pool.configuration.report(NodeFailure(node: prover.url, error: error))
        }
    }

    func known() async throws(LedgerClientError) -> SignedCheckpoint {
        guard let known = try await self.keeper.remembered() else {
            preconditionFailure("what was adopted is remembered")
        }
        return known
    }

    /// A checkpoint whose tree holds a record: the remembered one if it does, or else the newest.
    package func checkpoint(holding number: RecordNumber) async throws(LedgerClientError) -> Checkpoint {
        if let known = try await self.keeper.remembered()?.checkpoint, known.size.contains(number) { return known }
        let newest = try await self.refresh()
        guard newest.size.contains(number) else { throw .noSuchRecord(number, size: newest.size) }
        return newest
    }
}
