internal import Synchronization

/// Whether a client has gone, for work on other threads.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    var isCancelled: Bool { self.flag.load(ordering: .relaxed) }

    func cancel() { self.flag.store(true, ordering: .relaxed) }
}
