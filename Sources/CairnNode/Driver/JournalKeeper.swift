internal import CairnConsensus
internal import CairnLedger
internal import CairnLock
internal import CairnStore
internal import Dispatch

/// Owns the journal, and writes to it on a thread of its own.
final class JournalKeeper: Sendable {
    package typealias Item = (entry: JournalEntry, number: JournalNumber)

    private let queue = DispatchQueue(label: "cairn.journal", qos: .userInitiated)
    private let journal: Lock<Journal>

    init(_ journal: consuming Journal) {
        self.journal = Lock(journal)
    }

    var byteCount: UInt64 { self.journal.withLock { $0.byteCount } }

    /// Makes entries durable, with one sync, on this thread.
    ///
    /// - Returns: the number of the last one. With `.noSpace`, how many of the entries are in the journal already, durable with
    ///   the next sync: the others may be tried again.
    func write(_ items: [Item]) -> (result: Result<JournalNumber, StoreError>, written: Int) {
        var written = 0
        guard let last = items.last?.number else { preconditionFailure("something is written") }
        do throws(StoreError) {
            let durable = try self.journal.withLock { journal throws(StoreError) in
                for item in items {
                    try journal.append(item.entry)
                    written += 1
                }
                return try journal.sync()
            }
            return (.success(Self.number(last, durable)), written)
        } catch {
            return (.failure(error), written)
        }
    }

    /// The same on a thread of its own.
    func write(
        _ items: [Item], completion: @escaping @Sendable (Result<JournalNumber, StoreError>, _ written: Int) -> Void
    ) {
        self.queue.async {
            let (result, written) = self.write(items)
            completion(result, written)
        }
    }

    /// Makes durable what an earlier write put there and found no room for.
    func syncAgain(_ last: JournalNumber, completion: @escaping @Sendable (Result<JournalNumber, StoreError>) -> Void) {
        self.queue.async {
            do throws(StoreError) {
                let durable = try self.journal.withLock { journal throws(StoreError) in try journal.sync() }
                completion(.success(Self.number(last, durable)))
            } catch {
                completion(.failure(error))
            }
        }
    }

    /// Only who holds the journal's word that entries are durable can say so to the machine.
    private static func number(_ number: JournalNumber, _ durable: consuming DurableJournal) -> JournalNumber {
        _ = consume durable
        return number
    }

    /// Lets a new file take over that holds only these entries, when the block log is durable without the others.
    func trim(keeping entries: [JournalEntry], log: LogKeeper, completion: @escaping @Sendable (StoreError?) -> Void) {
        self.queue.async {
            do throws(StoreError) {
                try log.sync()
                try self.journal.withLock { journal throws(StoreError) in try journal.trim(keeping: entries) }
                completion(nil)
            } catch {
                completion(error)
            }
        }
    }

    /// Marks all that is durable as such: at a quiet moment, and at the end.
    func seal() throws(StoreError) {
        try self.journal.withLock { journal throws(StoreError) in try journal.seal() }
    }
}
