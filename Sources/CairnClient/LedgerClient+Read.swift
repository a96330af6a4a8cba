internal import CairnHash
public import CairnLedger

extension LedgerClient {
    /// A record, proven to be in the signed ledger at its number.
    ///
    /// - Throws: `.noSuchRecord` when the newest checkpoint doesn't cover it (yet): one that was just appended is covered within
    ///   about a second; see ``confirm(_:)``.
    public func record(_ number: RecordNumber) async throws(LedgerClientError) -> Record {
        let checkpoint = try await self.checkpoint(holding: number)
        return try await self.pool.any { node throws(LedgerClientError) in
            let path: [Digest]
            do throws(LedgerClientError) {
                path = try await node.inclusionPath(of: number, in: checkpoint.size)
            } catch {
                guard case .refused(_, let problem) = error, problem.status == 404 else { throw error }
                throw .behind(node.url, size: nil, known: checkpoint.size)
            }
            let record = try await node.record(number)
            guard
                MerkleProof.verifyInclusion(
                    of: record.leafHash, at: number, in: checkpoint.size, path: path, root: checkpoint.root)
            else { throw .notIncluded(node.url, records: number..<number.next(), size: checkpoint.size) }
            return record
        }
    }

    /// Records of a range, which the signed ledger has to hold when the iterator comes to them.
    public func records(_ range: Range<RecordNumber>) -> VerifiedRecords {
        VerifiedRecords(client: self, first: range.lowerBound, end: range.upperBound)
    }

    /// All records from a number on, as they are appended, for as long as the task runs.
    public func follow(from first: RecordNumber) -> VerifiedRecords {
        VerifiedRecords(client: self, first: first, end: nil)
    }
}
