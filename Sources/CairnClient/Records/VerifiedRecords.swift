package import CairnLedger

/// Records one after another, each proven before it is handed out.
///
/// Nothing is read before it is asked for, and no more than one window of 2,048 records is held: whoever is slow makes the
/// sequence slow. Each iterator reads for itself, from the beginning of the range on.
public struct VerifiedRecords: AsyncSequence, Sendable {
    public typealias Element = VerifiedRecord
    public typealias Failure = LedgerClientError

    package let client: LedgerClient
    package let first: RecordNumber
    /// Nil: follows the ledger as it grows.
    package let end: RecordNumber?

    public func makeAsyncIterator() -> Iterator {
        Iterator(client: self.client, next: self.first.rawValue, end: self.end?.rawValue)
    }

    public struct Iterator: AsyncIteratorProtocol {
        private let client: LedgerClient
        /// The number of the next record to hand out.
        private var next: UInt64
        private let end: UInt64?
        /// Of the window that `next` is in.
        private var bundles: [Entries] = []
        private var windowStart: UInt64 = 0
        private var windowEnd: UInt64 = 0
        private var failures = 0

        init(client: LedgerClient, next: UInt64, end: UInt64?) {
            self.client = client
            self.next = next
            self.end = end
        }

        /// The next record; nil behind the last one of a range.
        ///
        /// - Throws: `.cancelled` when the task is. A follower waits for what may pass (nodes that don't answer), and throws all
        ///   else; a new sequence goes on from where this one stopped.
        public mutating func next() async throws(LedgerClientError) -> VerifiedRecord? {
            if let end, self.next >= end { return nil }
            while self.next >= self.windowEnd {
                do throws(LedgerClientError) {
                    try await self.advance()
                    self.failures = 0
                } catch {
                    guard self.end == nil, error.isTransient else { throw error }
                    self.failures += 1
                    try await NodePool.sleep(self.client.pool.configuration.retryDelay(attempt: self.failures))
                }
            }
            let place = Int(self.next - self.windowStart)
            let record = self.bundles[place / Tile.widthMax][place % Tile.widthMax]
            defer { self.next += 1 }
            return VerifiedRecord(number: RecordNumber(rawValue: self.next), record: record)
        }

        /// Reads the window that the next record is in. A follower waits until there is one.
        private mutating func advance() async throws(LedgerClientError) {
            if Task.isCancelled { throw .cancelled }
            guard let checkpoint = try await self.checkpoint() else { return }
            let wanted = Swift.min(self.end ?? .max, checkpoint.size.rawValue)
            let window = RecordWindow(at: self.next, wantedUpTo: wanted, in: checkpoint)
            self.bundles = try await self.client.pool.any { node throws(LedgerClientError) in
                try await window.entries(from: node)
            }
            (self.windowStart, self.windowEnd) = (window.leaves.lowerBound, window.leaves.upperBound)
        }

        /// Nil after a pause, when a follower has come to the ledger's end.
        private func checkpoint() async throws(LedgerClientError) -> Checkpoint? {
            let number = RecordNumber(rawValue: self.next)
            do throws(LedgerClientError) {
                return try await self.client.checkpoint(holding: number)
            } catch {
                guard self.end == nil, case .noSuchRecord = error else { throw error }
                try await NodePool.sleep(self.client.pool.configuration.pollInterval)
                return nil
            }
        }
    }
}
