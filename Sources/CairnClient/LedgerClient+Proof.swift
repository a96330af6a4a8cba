internal import CairnHash
public import CairnLedger

extension LedgerClient {
    /// Checks that records which a node took are in the signed ledger, where the node said.
    ///
    /// Waits for the checkpoint that covers them, which a node signs within about a second.
    ///
    /// - Returns: a checkpoint whose tree holds them, consistent with all that was seen.
    @discardableResult
    public func confirm(_ receipt: AppendReceipt) async throws(LedgerClientError) -> Checkpoint {
        guard let last = receipt.leafHashes.last else { throw .badBatch(.empty) }
        let proof = try await self.proof(of: receipt.lastRecord, leafHash: last)
        let checkpoint = proof.checkpoint.checkpoint
        if receipt.leafHashes.count > 1 {
            try await self.checkLeaves(receipt.leafHashes, from: receipt.firstRecord, in: checkpoint)
        }
        return checkpoint
    }

    /// A proof file for a record: all that is needed to show others, offline, that it is in the ledger. Checked, also
    /// against the remembered checkpoint.
    public func proof(
        of number: RecordNumber, _ record: Record
    ) async throws(LedgerClientError) -> TLogProof {
        try await self.proof(of: number, leafHash: record.leafHash)
    }

    /// Checks somebody else's proof that a record is in the ledger: its signatures and its path, and that its checkpoint is of
    /// the history that this client knows, for which a node is asked. (`TLogProof.verify` does the former alone, offline.)
    public func verify(_ proof: TLogProof, of record: Record) async throws(LedgerClientError) {
        try self.checkPath(of: proof, leafHash: record.leafHash)
        try await self.pool.any { node throws(LedgerClientError) in
            try await self.keeper.adopt(proof.checkpoint, from: node)
        }
    }

    private func proof(
        of number: RecordNumber, leafHash: Digest
    ) async throws(LedgerClientError) -> TLogProof {
        try await self.pool.any { node throws(LedgerClientError) in
            let proof = try await node.proofFile(of: number)
            try self.checkPath(of: proof, leafHash: leafHash)
            try await self.keeper.adopt(proof.checkpoint, from: node)
            return proof
        }
    }

    private func checkPath(of proof: TLogProof, leafHash: Digest) throws(LedgerClientError) {
        do throws(TLogProofError) {
            _ = try proof.verify(leafHash: leafHash, policy: self.policy)
        } catch {
            throw .badProofFile(error)
        }
    }

    /// Checks that these are the leaf hashes of consecutive records.
    private func checkLeaves(
        _ expected: [Digest], from first: RecordNumber, in checkpoint: Checkpoint
    ) async throws(LedgerClientError) {
        let end = first.rawValue + UInt64(expected.count)
        var next = first.rawValue
        while next < end {
            let window = RecordWindow(at: next, wantedUpTo: end, in: checkpoint)
            try await self.pool.any { node throws(LedgerClientError) in
                let found = try await window.leafHashes(from: node)
                let wanted = next..<min(window.leaves.upperBound, end)
                for number in wanted
                where found[Int(number - window.leaves.lowerBound)] != expected[Int(number - first.rawValue)] {
                    throw .otherReceipt(node.url, reason: "record \(number) of the signed ledger is another one")
                }
            }
            next = window.leaves.upperBound
        }
    }
}
