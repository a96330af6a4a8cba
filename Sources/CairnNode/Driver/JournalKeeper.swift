internal import CairnConsensus
internal import CairnLedger
internal import CairnStore
internal import Dispatch
internal import Synchronization

/// Owns the journal, and writes to it on a thread of its own.
final class JournalKeeper: Sendable {
    typealias Item = (entry: JournalEntry, number: JournalNumber)

    private let queue = DispatchQueue(label: "cairn.journal", qos: .userInitiated)
    private let journal: Mutex<Journal>

    init(_ journal: consuming Journal) {
        self.journal = Mutex(journal)
    }

    var byteCount: UInt64 { self.journal.withLock { $0.byteCount } }

    /// Makes entries durable, with one sync.
    ///
    /// - Parameter completion: gets the number of the last one. With `.noSpace`, how many of the entries are in the journal
    ///   already, durable with the next sync: the others may be tried again.
    func write(
        _ items: [Item], completion: @escaping @Sendable (Result<JournalNumber, StoreError>, _ written: Int) -> Void
    ) {
        guard let last = items.last?.number else { return }
        self.queue.async {
            var written = 0
            do throws(StoreError) {
                let durable = try self.journal.withLock { journal throws(StoreError) in
                    for item in items {
                        try journal.append(item.entry)
                        written += 1
                    }
                    return try journal.sync()
                }
                completion(.success(Self.number(last, durable)), written)
            } catch {
                completion(.failure(error), written)
            }
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

    /// Lets a new file take over that holds only these entries.
    func trim(keeping entries: [JournalEntry], completion: @escaping @Sendable (StoreError?) -> Void) {
        self.queue.async {
            do throws(StoreError) {
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
