internal import CairnHash
internal import CairnLedger

/// What a node says about its ledger. Nothing is believed here: form is checked, content is the callers' to verify.
extension NodeConnection {
    static let textType = "text/plain"

    /// The newest checkpoint, with signatures that were not checked.
    func checkpoint() async throws(LedgerClientError) -> SignedCheckpoint {
        let bytes = try await self.get("/checkpoint", accept: Self.textType, bytesMax: Limits.noteBytesMax)
        do throws(CheckpointError) {
            return try SignedCheckpoint(parsing: bytes)
        } catch {
            throw .badCheckpoint(self.url, error)
        }
    }

    /// What leads from the tree of size `old` to that of size `new`, and the root that the node has for `old`.
    func growth(from old: TreeSize, to new: TreeSize) async throws(LedgerClientError) -> ForkEvidence.Proof {
        let answer = try await self.json("/v1/consistency?from=\(old)&to=\(new)")
        guard try answer.number("from") == old.rawValue, try answer.number("to") == new.rawValue else {
            throw answer.bad("it proves something else than was asked for")
        }
        return ForkEvidence.Proof(oldRoot: try answer.digest("from_root"), path: try answer.path("path"))
    }

    func inclusionPath(of number: RecordNumber, in size: TreeSize) async throws(LedgerClientError) -> [Digest] {
        let answer = try await self.json("/v1/records/\(number)/proof?tree_size=\(size)")
        guard try answer.number("number") == number.rawValue, try answer.number("tree_size") == size.rawValue else {
            throw answer.bad("it proves something else than was asked for")
        }
        return try answer.path("path")
    }

    func record(_ number: RecordNumber) async throws(LedgerClientError) -> Record {
        let path = "/v1/records/\(number)"
        let answer = try await self.json(path)
        var bytes: [UInt8] = []
        try answer.value("data") { $0 }.encode(into: &bytes)
        do throws(RecordError) {
            return try Record(json: bytes.span.bytes)
        } catch {
            throw .badAnswer(self.url, path: path, reason: "it holds no record (\(error))")
        }
    }

    /// A proof file whose checkpoint holds the record; of a new record, the node waits for its next checkpoint.
    func proofFile(of number: RecordNumber) async throws(LedgerClientError) -> TLogProof {
        let path = "/v1/records/\(number)/tlog-proof"
        let bytes = try await self.get(path, accept: Self.textType, bytesMax: 2 * Limits.noteBytesMax)
        let proof: TLogProof
        do throws(TLogProofError) {
            proof = try TLogProof(parsing: bytes)
        } catch {
            throw .badProofFile(error)
        }
        guard proof.index == number else {
            throw .badAnswer(self.url, path: path, reason: "it proves something else than was asked for")
        }
        return proof
    }

    /// The entries of one bundle, up to a width.
    func entries(bundle: UInt64, width: Int) async throws(LedgerClientError) -> Entries {
        let path = "/tile/" + Tile(.entries, index: bundle, width: width).path
        let bytes = try await self.get(
            path, accept: "application/octet-stream", bytesMax: width * (2 + Limits.recordBytesMax))
        let entries: Entries
        do throws(BlockDecodingError) {
            entries = try Entries(decoding: bytes)
        } catch {
            throw .badAnswer(self.url, path: path, reason: "it is no entry bundle (\(error))")
        }
        guard entries.count == width else {
            throw .badAnswer(self.url, path: path, reason: "it has \(entries.count) entries in place of \(width)")
        }
        return entries
    }

    /// The leaf hashes of one tile, up to a width.
    func leafHashes(tile: UInt64, width: Int) async throws(LedgerClientError) -> [Digest] {
        let path = "/tile/" + Tile(.hashes(level: 0), index: tile, width: width).path
        let byteCount = width * Digest.byteCount
        let bytes = try await self.get(path, accept: "application/octet-stream", bytesMax: byteCount)
        guard bytes.count == byteCount else {
            throw .badAnswer(self.url, path: path, reason: "it has \(bytes.count) bytes in place of \(byteCount)")
        }
        return (0..<width).map { Digest(loading: bytes.span.bytes, at: $0 * Digest.byteCount) }
    }
}
