internal import NIOCore
internal import NIOHTTP1

/// What all connections of one event loop share, so that nothing of it needs a lock.
package final class LoopState {
    /// Answers by route and status.
    struct Count: Hashable, Sendable {
        /// Place in the routing table; -1 where no route was found.
        var route: Int
        var status: UInt
    }

    private(set) var counts: [Count: UInt64] = [:]
    /// Records appended, and submissions refused by code.
    private(set) var appendedRecords: UInt64 = 0
    private(set) var refusedAppends: [Problem.Code: UInt64] = [:]
    var receipts = ReceiptWriter()
    private var date = HTTPDate()

    package init() {}

    package func count(route: Int, status: UInt) {
        self.counts[Count(route: route, status: status), default: 0] += 1
    }

    func countAppended(_ records: Int) { self.appendedRecords += UInt64(records) }
    func countRefused(_ code: Problem.Code) { self.refusedAppends[code, default: 0] += 1 }

    /// The value of a `Date` header.
    func dateHeader() -> String { self.date.now() }
}
