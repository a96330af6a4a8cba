import CairnHash
import CairnLedger
import CairnNode

/// Asks nodes and witnesses how far a ledger goes.
struct NewestQuestion: Sendable {
    var policy: TrustPolicy?
    var nodes: [NodeAddress] = []
    var acceptsOlder = false

    /// What is restored, as far as others have to know it.
    struct Ledger {
        var name: String
        var chain: Digest
        var extent: RestoreDecision.Extent
        /// Where its backup is.
        var folder: String
    }

    /// Asks everybody, and warns on standard error.
    ///
    /// - Throws: when nothing must be restored.
    func ask(about ledger: Ledger) async throws(CommandFailure) {
        let origin = ExactText(ledger.name)
        if let policy, !policy.logs.contains(where: { $0.key.name == origin }) {
            throw .failed("the policy is not of this ledger: it has no log \(ledger.name.withoutControlCharacters)")
        }
        var decision = RestoreDecision(
            backup: ledger.extent, folder: ledger.folder, chain: ledger.chain, acceptsOlder: self.acceptsOlder)
        for node in self.nodesToAsk(origin) {
            await self.add(to: &decision) { () throws(CommandFailure) in try await self.ask(node, about: ledger) }
        }
        for witness in self.policy?.witnesses ?? [] {
            guard let url = witness.url?.description else { continue }
            await self.add(to: &decision) { () throws(CommandFailure) in
                try await Self.ask(witness, at: try NodeAddress(url), about: ledger)
            }
        }
        for warning in try decision.warnings() {
            Terminal.writeError("cairn: warning: \(warning.withoutControlCharacters)\n")
        }
    }

    /// Those that are named, and the logs of the policy.
    private func nodesToAsk(_ origin: ExactText) -> [NodeAddress] {
        let logs = self.policy?.logs.filter { $0.key.name == origin }.compactMap(\.url) ?? []
        var all = self.nodes
        for url in logs {
            if let address = try? NodeAddress(url.description), !all.contains(address) { all.append(address) }
        }
        return all
    }

    private func add(
        to decision: inout RestoreDecision, _ body: () async throws(CommandFailure) -> RestoreDecision.Answer
    ) async {
        do throws(CommandFailure) {
            decision.answers.append(try await body())
        } catch {
            decision.problems.append(error.message)
        }
    }

    // MARK: Nodes

    private func ask(_ address: NodeAddress, about ledger: Ledger) async throws(CommandFailure)
        -> RestoreDecision.Answer
    {
        let remote = RemoteLedger(address: address)
        do throws(CommandFailure) {
            let answer = try await self.ask(remote, about: ledger)
            await remote.close()
            return answer
        } catch {
            await remote.close()
            throw error
        }
    }

    private func ask(_ remote: RemoteLedger, about ledger: Ledger) async throws(CommandFailure)
        -> RestoreDecision.Answer
    {
        let status = try await remote.status()
        guard status.chain == ledger.chain else {
            throw .failed("\(remote.source) has another ledger, \(status.chain)")
        }
        if let policy { try await Self.checkCheckpoint(of: remote, policy) }
        var answer = RestoreDecision.Answer(
            source: remote.source, isNode: true, blocks: status.headIndex.rawValue + 1, size: status.treeSize,
            rootAtBackup: nil)
        let size = ledger.extent.size
        if size > 0, status.treeSize >= size {
            let proof = try await remote.consistencyProof(from: size, to: nil)
            guard proof.isValid else { throw .failed("\(remote.source) gave a proof that doesn't hold") }
            answer.rootAtBackup = proof.oldRoot
        }
        return answer
    }

    /// Whoever shows what the policy doesn't trust is no node of the ledger.
    private static func checkCheckpoint(of remote: RemoteLedger, _ policy: TrustPolicy) async throws(CommandFailure) {
        let bytes = try await remote.client.bytes("/checkpoint", bytesMax: Limits.noteBytesMax)
        do {
            _ = try policy.verify(try SignedCheckpoint(parsing: bytes))
        } catch {
            throw .failed("\(remote.source)/checkpoint: \(error)")
        }
    }

    // MARK: Witnesses

    /// What a witness cosigned last.
    private static func ask(
        _ witness: TrustPolicy.Witness, at address: NodeAddress, about ledger: Ledger
    ) async throws(CommandFailure) -> RestoreDecision.Answer {
        let client = NodeClient(address: address)
        let result: Result<[UInt8], CommandFailure>
        do throws(CommandFailure) {
            let hash = Digest(hashing: Array(ledger.name.utf8))
            result = .success(try await client.bytes("/\(hash)/checkpoint", bytesMax: Limits.noteBytesMax))
        } catch {
            result = .failure(error)
        }
        await client.close()
        let signed: SignedCheckpoint
        do {
            signed = try SignedCheckpoint(parsing: try result.get())
            guard try signed.note.verify(by: [witness.key]).contains(where: { $0.key == witness.key }),
                signed.checkpoint.origin == ExactText(ledger.name)
            else { throw CommandFailure.failed("it didn't cosign what it shows") }
        } catch {
            throw .failed("the witness \(witness.name) at \(address): \(error)")
        }
        let size = signed.checkpoint.size
        return RestoreDecision.Answer(
            source: "the witness \(witness.name) at \(address)", isNode: false, blocks: nil, size: size,
            rootAtBackup: size == ledger.extent.size ? signed.checkpoint.root : nil)
    }
}
