package import CairnLedger
package import CairnNode

extension RemoteLedger {
    package func inclusionProof(of number: RecordNumber, in size: TreeSize?) async throws(CommandFailure)
        -> InclusionProof
    {
        let query = size.map { "?tree_size=\($0)" } ?? ""
        let fields = try AnswerFields(
            try await self.client.get("/v1/records/\(number)/proof\(query)"), of: self.source)
        let proof = InclusionProof(
            number: RecordNumber(rawValue: try fields.uint64("number")), leafHash: try fields.digest("leaf_hash"),
            treeSize: TreeSize(rawValue: try fields.uint64("tree_size")), root: try fields.digest("root"),
            path: try fields.digests("path"))
        guard proof.number == number, size == nil || proof.treeSize == size else {
            throw .failed("\(self.source) gave a proof of something else than was asked for")
        }
        return proof
    }

    package func consistencyProof(
        from old: TreeSize, to new: TreeSize?
    ) async throws(CommandFailure) -> ConsistencyProof {
        let query = new.map { "&to=\($0)" } ?? ""
        let fields = try AnswerFields(
            try await self.client.get("/v1/consistency?from=\(old)\(query)"), of: self.source)
        let proof = ConsistencyProof(
            oldSize: TreeSize(rawValue: try fields.uint64("from")), oldRoot: try fields.digest("from_root"),
            newSize: TreeSize(rawValue: try fields.uint64("to")), newRoot: try fields.digest("to_root"),
            path: try fields.digests("path"))
        guard proof.oldSize == old, new == nil || proof.newSize == new else {
            throw .failed("\(self.source) gave a proof of something else than was asked for")
        }
        return proof
    }

    package func tlogProof(of number: RecordNumber) async throws(CommandFailure) -> TLogProof {
        let path = "/v1/records/\(number)/tlog-proof"
        let bytes = try await self.client.bytes(path)
        let proof: TLogProof
        do throws(TLogProofError) {
            proof = try TLogProof(parsing: bytes)
        } catch {
            throw .failed("\(self.source)\(path): \(error)")
        }
        guard proof.index == number else {
            throw .failed("\(self.source) gave a proof of something else than was asked for")
        }
        return proof
    }

    package func noteKeys() async throws(CommandFailure) -> LedgerNoteKeys {
        try LedgerNoteKeys(AnswerFields(try await self.client.get("/v1/note-keys"), of: self.source), of: self.source)
    }
}
