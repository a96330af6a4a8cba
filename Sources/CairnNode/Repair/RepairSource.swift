internal import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnLock
internal import CairnStore
internal import Dispatch

/// Good blocks in place of damaged ones, from the nodes that there are links to: one block at a time.
final class RepairSource: BlockSource {
    private struct State {
        /// The block that is looked for, and who waits for it.
        var index: BlockIndex?
        var excluded: Set<String> = []
        var continuation: CheckedContinuation<OfferedBlock?, Never>?
        var attempt: UInt64 = 0
        var isStopped = false
    }

    /// How long a block is looked for before it counts as nobody's.
    private static let patience = DispatchTimeInterval.seconds(30)

    private let state = Lock(State())
    private let ends = Lock(Ends())

    /// Both know this source before it knows them.
    private struct Ends {
        weak var driver: LedgerDriver?
        weak var repairer: LedgerRepairer?
    }

    func connect(_ driver: LedgerDriver, _ repairer: LedgerRepairer) {
        self.ends.withLock { $0 = Ends(driver: driver, repairer: repairer) }
    }

    private func tell(_ event: CatchUpEvent) {
        self.ends.withLock { $0.driver }?.post(.catchUp(event))
    }

    /// Something stored was found to be damaged.
    func report(_ corruption: Corruption) {
        self.ends.withLock { $0.repairer }?.report(corruption)
    }

    /// There is one more node that may have what is lacking.
    func linked() {
        self.ends.withLock { $0.repairer }?.setSource(self)
    }

    /// One block from a node that wasn't refused before. Nil when nobody gives one in time.
    func fetch(_ need: NeededBlock, excluding: Set<String>) async -> OfferedBlock? {
        await withCheckedContinuation { continuation in
            let attempt: UInt64? = self.state.withLock { state in
                guard !state.isStopped else { return nil }
                state.attempt += 1
                state.continuation?.resume(returning: nil)
                state.continuation = continuation
                state.index = need.index
                state.excluded = excluding
                return state.attempt
            }
            guard let attempt else { return continuation.resume(returning: nil) }
            self.tell(.repair(need.index, hash: need.hash))
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { self.giveUp(attempt, need.index) }
        }
    }

    /// The catch-up machine found a candidate.
    func offer(_ final: FinalBlock, from node: PublicKey) {
        let index = final.block.index
        let (isRefused, continuation) = self.state.withLock { state in
            guard state.index == index else { return (false, CheckedContinuation<OfferedBlock?, Never>?.none) }
            if state.excluded.contains(node.description) { return (true, nil) }
            defer { state.continuation = nil }
            state.index = nil
            return (false, state.continuation)
        }
        // Who gives again what was refused is asked no more; anything else ends the search.
        self.tell(.judged(index, isGood: !isRefused))
        continuation?.resume(returning: OfferedBlock(final: final, peer: node.description))
    }

    /// Nobody waits any more.
    func stop() {
        let continuation = self.state.withLock { state in
            defer { state.continuation = nil }
            state.isStopped = true
            return state.continuation
        }
        continuation?.resume(returning: nil)
    }

    private func giveUp(_ attempt: UInt64, _ index: BlockIndex) {
        let continuation = self.state.withLock { state -> CheckedContinuation<OfferedBlock?, Never>? in
            guard state.attempt == attempt else { return nil }
            defer { state.continuation = nil }
            return state.continuation
        }
        guard let continuation else { return }
        self.tell(.repairEnded(index))
        continuation.resume(returning: nil)
    }
}
