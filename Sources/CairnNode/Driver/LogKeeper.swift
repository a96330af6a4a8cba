internal import CairnHash
internal import CairnLedger
internal import CairnStore
internal import Dispatch
internal import Synchronization

/// Owns the writer of the block log: one at a time uses it, on whatever thread.
final class LogKeeper: Sendable {
    typealias Item = (block: FinalBlock, leafHashes: [Digest])

    private let queue = DispatchQueue(label: "cairn.log", qos: .userInitiated)
    private let writer: Mutex<LedgerWriter>

    init(_ writer: consuming LedgerWriter) {
        self.writer = Mutex(writer)
    }

    /// Writes a block and makes it durable, on this thread.
    func write(_ block: FinalBlock, leafHashes: [Digest]) throws(StoreError) -> DurableBlocks {
        try self.writer.withLock { writer throws(StoreError) in
            try writer.append(block, leafHashes: leafHashes)
            return try writer.sync()
        }
    }

    /// Writes blocks, of which the last has a certificate, and makes them durable, on a thread of its own.
    ///
    /// - Parameter completion: gets the newest durable block. With `.noSpace`, the number of blocks that are in the log
    ///   already: the others may be tried again.
    func write(
        _ items: [Item], completion: @escaping @Sendable (Result<BlockIndex, StoreError>, _ written: Int) -> Void
    ) {
        self.queue.async {
            var written = 0
            do throws(StoreError) {
                let durable = try self.writer.withLock { writer throws(StoreError) in
                    for item in items {
                        try writer.append(item.block, leafHashes: item.leafHashes)
                        written += 1
                    }
                    return try writer.sync()
                }
                completion(.success(durable.head.index), written)
            } catch {
                completion(.failure(error), written)
            }
        }
    }

    /// Marks all that is durable as such.
    func seal() throws(StoreError) {
        try self.writer.withLock { writer throws(StoreError) in try writer.seal() }
    }

    /// Seals, and lets go of the lock.
    func close() throws(StoreError) {
        try self.writer.withLock { writer throws(StoreError) in try writer.close() }
    }

    /// Lets somebody else use the writer, between two blocks.
    func use<Answer: Sendable>(
        _ body: @Sendable (inout LedgerWriter) throws(StoreError) -> Answer
    ) throws(StoreError) -> Answer {
        try self.writer.withLock { writer throws(StoreError) in try body(&writer) }
    }
}
