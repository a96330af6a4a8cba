package import CairnLedger
internal import CairnLock
package import CairnStore
internal import Dispatch
internal import Foundation
package import Logging

/// Reads the whole ledger again and again, slowly, to notice what a disk forgets before anybody needs it: on a thread of
/// the lowest priority, and with pauses that keep it to a number of bytes a second.
package final class Scrubber: Sendable {
    private let store: LedgerStore
    private let pace: ScrubPace
    private let logger: Logger
    private let onPass: @Sendable (ValidationReport) -> Void
    private let state: Lock<State>
    private let stopping = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)

    private struct State {
        var status: ScrubStatus
        var isStopping = false
    }

    /// - Parameter onPass: is told what a whole pass found.
    package init(
        store: LedgerStore, pace: ScrubPace, logger: Logger,
        onPass: @escaping @Sendable (ValidationReport) -> Void = { _ in }
    ) {
        self.onPass = onPass
        self.store = store
        self.pace = pace
        self.logger = logger
        self.state = Lock(State(status: ScrubStatus(bytesPerSecond: pace.bytesPerSecond)))
    }

    package var status: ScrubStatus { self.state.withLock { $0.status } }

    package func start() {
        let thread = Thread {
            LowPriority.takeOnThisThread()
            self.run()
            self.finished.signal()
        }
        thread.name = "cairn.scrub"
        thread.start()
    }

    /// Ends the thread, and waits for it.
    package func stop() {
        self.askToStop()
        self.finished.wait()
    }

    package func askToStop() {
        self.state.withLock { $0.isStopping = true }
        self.stopping.signal()
    }

    private var isStopping: Bool { self.state.withLock { $0.isStopping } }

    private func run() {
        // A start has other things to read.
        self.pause(self.pace.beforeFirst)
        while !self.isStopping {
            let took = self.pass(pause: self.pause, now: Timestamp.now)
            self.pause(self.pace.rest(afterPassOf: took))
        }
    }

    /// Ends early only when the node stops.
    package func pause(_ duration: Duration) {
        guard duration > .zero, !self.isStopping else { return }
        let nanoseconds = duration / .nanoseconds(1)
        _ = self.stopping.wait(timeout: .now() + .nanoseconds(Int(min(nanoseconds, 1e17))))
    }

    /// Checks the ledger once from its first block to its present head. Returns how long it took.
    package func pass(pause: (Duration) -> Void, now: () -> Timestamp) -> Duration {
        var options = ValidationOptions()
        // One thread: this one, which has the low priority.
        options.workers = 1
        // What a disk does to a block shows in its hashes. Whether somebody repeated a submission was checked when the
        // block came, and remembering a million of them takes memory that the node needs for itself.
        options.checksRepeats = false
        let report = self.store.validate(options) { progress in
            self.state.withLock { $0.status.progress = progress.fraction }
            pause(self.pace.pause(after: progress.bytes, elapsed: progress.elapsed))
            return !self.isStopping
        }
        guard !report.wasCancelled else { return report.duration }
        let time = now()
        self.state.withLock { state in
            state.status.progress = 0
            state.status.lastPassFinishedAt = time
            state.status.corruption = report.failure
        }
        self.onPass(report)
        if report.failure == nil {
            self.logger.debug(
                "scrubbed", metadata: ["blocks": "\(report.blocks)", "bytes": "\(report.bytes)"])
        }
        return report.duration
    }
}

/// How fast a scrub goes, as a function of time.
package struct ScrubPace: Hashable, Sendable {
    package var bytesPerSecond: UInt64
    /// From one pass's beginning to the next one's, at least: a small ledger needn't be read every second.
    var interval: Duration
    var beforeFirst: Duration

    package init(
        bytesPerSecond: UInt64, interval: Duration = .seconds(3_600), beforeFirst: Duration = .seconds(60)
    ) {
        self.bytesPerSecond = bytesPerSecond
        self.interval = interval
        self.beforeFirst = beforeFirst
    }

    /// How long to wait when so many bytes were read in so long a time, waiting included.
    package func pause(after bytes: UInt64, elapsed: Duration) -> Duration {
        max(.zero, .seconds(Double(bytes) / Double(max(1, self.bytesPerSecond))) - elapsed)
    }

    package func rest(afterPassOf elapsed: Duration) -> Duration { max(.zero, self.interval - elapsed) }
}
