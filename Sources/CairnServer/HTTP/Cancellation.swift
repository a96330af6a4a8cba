internal import Synchronization

/// Whether a client has gone, for work on other threads.
package final class Cancellation: Sendable {
    private let flag = Atomic(false)

    package init() {}

    var isCancelled: Bool { self.flag.load(ordering: .relaxed) }

    package func cancel() { self.flag.store(true, ordering: .relaxed) }
}
