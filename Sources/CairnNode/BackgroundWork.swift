internal import CairnLock

/// What reads the whole ledger beside everything else, the index and the scrubbing: begins when all of it is there.
final class BackgroundWork: Sendable {
    private struct State {
        var indexer: Indexer?
        var scrubber: Scrubber?
        var isRunning = false
        var isStopped = false
    }

    private let state = Lock(State())

    func connect(_ indexer: Indexer?, _ scrubber: Scrubber?) {
        self.state.withLock { state in
            state.indexer = indexer
            state.scrubber = scrubber
        }
    }

    func start() {
        self.state.withLock { state in
            guard !state.isRunning, !state.isStopped else { return }
            state.isRunning = true
            state.indexer?.start()
            state.scrubber?.start()
        }
    }

    /// Ends it, and waits for it.
    func stop() {
        let (indexer, scrubber) = self.state.withLock { state in
            state.isStopped = true
            return state.isRunning ? (state.indexer, state.scrubber) : (nil, nil)
        }
        indexer?.stop()
        scrubber?.stop()
    }
}
