internal import CairnHash
internal import CairnLedger
internal import CairnLock
internal import CairnStore
internal import Dispatch

/// Owns the writer of the block log: one at a time uses it, on whatever thread.
final class LogKeeper: Sendable {
    package typealias Item = (block: FinalBlock, leafHashes: [Digest])

    private let queue = DispatchQueue(label: "cairn.log", qos: .userInitiated)
    private let writer: Lock<LedgerWriter>

    init(_ writer: consuming LedgerWriter) {
        self.writer = Lock(writer)
    }

    /// Writes blocks, of which the last has a certificate, and shows them, on this thread.
    ///
    /// - Parameter isDurable: whether they have to be durable first; otherwise they are with the next sync.
    /// - Returns: the newest block that is shown. With `.noSpace`, the number of blocks that are in the log already: the others
    ///   may be tried again.
    func append(_ items: [Item], isDurable: Bool) -> (result: Result<BlockIndex, StoreError>, written: Int) {
        var written = 0
        do throws(StoreError) {
            let head = try self.writer.withLock { writer throws(StoreError) in
                for item in items {
                    try writer.append(item.block, leafHashes: item.leafHashes)
                    written += 1
                }
                return isDurable ? try writer.sync().head : try writer.publish()
            }
            return (.success(head.header.index), written)
        } catch {
            return (.failure(error), written)
        }
    }

    /// The same on a thread of its own.
    func append(
        _ items: [Item], isDurable: Bool,
        completion: @escaping @Sendable (Result<BlockIndex, StoreError>, _ written: Int) -> Void
    ) {
        self.queue.async {
            let (result, written) = self.append(items, isDurable: isDurable)
            completion(result, written)
        }
    }

    /// Makes durable what is shown, on a thread of its own, while others write.
    func sync(completion: @escaping @Sendable (StoreError?) -> Void) {
        self.queue.async {
            do throws(StoreError) {
                try self.sync()
                completion(nil)
            } catch {
                completion(error)
            }
        }
    }

    /// Makes durable what is shown, on this thread, while others write.
    func sync() throws(StoreError) {
        guard let sync = try self.writer.withLock({ writer throws(StoreError) in try writer.logSync }) else { return }
        let result = Result { () throws(StoreError) in try sync.run() }
        try self.writer.withLock { writer throws(StoreError) in try writer.finish(sync, result) }
    }

    /// Marks all that is durable as such.
    func seal() throws(StoreError) {
        try self.writer.withLock { writer throws(StoreError) in try writer.seal() }
    }

    /// Seals, and lets go of the lock.
    func close() throws(StoreError) {
        try self.writer.withLock { writer throws(StoreError) in try writer.close() }
    }

    /// Lets somebody else use the writer, between two blocks, whatever comes of it.
    func useAnyhow<Answer: Sendable>(_ body: (inout LedgerWriter) -> Answer) -> Answer {
        self.writer.withLock { body(&$0) }
    }

    /// Lets somebody else use the writer, between two blocks.
    func use<Answer: Sendable>(
        _ body: @Sendable (inout LedgerWriter) throws(StoreError) -> Answer
    ) throws(StoreError) -> Answer {
        try self.writer.withLock { writer throws(StoreError) in try body(&writer) }
    }
}
