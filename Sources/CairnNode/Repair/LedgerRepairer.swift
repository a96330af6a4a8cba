internal import CairnLedger
internal import CairnLock
internal import CairnStore
internal import Logging

/// Puts right what a node finds damaged in its own ledger: gets the blocks from other nodes, has the writer write them, and
/// looks at the stretch again. One damage at a time; whatever is reported meanwhile is looked at afterwards.
package final class LedgerRepairer: Sendable {
    private let store: LedgerStore
    private let install: @Sendable (VerifiedRepair) async throws(StoreError) -> [String]
    private let logger: Logger
    private let retryDelay: Duration
    private let now: @Sendable () -> Timestamp
    private let state: Lock<State>

    private struct State {
        var status = RepairStatus()
        var source: (any BlockSource)?
        var task: Task<Void, Never>?
        /// Reported while one was being put right.
        var next: Corruption?
        /// What tries again to heal what couldn't be.
        var retry: Task<Void, Never>?
        /// How often it came to an end of all that was to be put right.
        var ends: UInt64 = 0
        var isStopping = false
    }

    /// Those who wait for an end.
    private let waiters = GrowthWaiters()

    /// - Parameters:
    ///   - retryDelay: after how long it tries again to heal what couldn't be healed.
    ///   - install: has the writer write a repair, where it writes everything else.
    init(
        store: LedgerStore, logger: Logger, retryDelay: Duration = .seconds(60),
        now: @escaping @Sendable () -> Timestamp = { Timestamp.now() },
        install: @escaping @Sendable (VerifiedRepair) async throws(StoreError) -> [String]
    ) {
        self.store = store
        self.logger = logger
        self.retryDelay = retryDelay
        self.now = now
        self.install = install
        self.state = Lock(State())
    }

    var status: RepairStatus { self.state.withLock { $0.status } }

    /// Says where blocks can be got from, and tries again what couldn't be healed without.
    func setSource(_ source: (any BlockSource)?) {
        self.state.withLock { state in
            state.source = source
            if source != nil { self.tryAgain(&state) }
        }
    }

    // MARK: What is found

    /// Takes what a validation found.
    func take(_ report: ValidationReport, of options: ValidationOptions = ValidationOptions()) {
        if let failure = report.failure {
            self.report(failure)
        } else if !report.wasCancelled {
            self.reportGood(from: options.from, to: options.to)
        }
    }

    /// Takes what somebody found when reading, and begins to put it right. Never waits.
    func report(_ corruption: Corruption) {
        // While the history is missing, a repair could not tell what is right.
        guard corruption.block != nil, self.store.isWhole else {
            self.log(corruption)
            return
        }
        self.state.withLock { state in
            guard !state.isStopping else { return }
            guard state.task == nil else {
                state.next = corruption
                return
            }
            // Many may read the same bad block; trying again at once would find the same.
            if state.retry != nil, state.status.damage?.corruption.block == corruption.block { return }
            self.begin(corruption, &state)
        }
    }

    private func tryAgain(_ state: inout State) {
        state.retry?.cancel()
        state.retry = nil
        guard !state.isStopping, state.task == nil, let damage = state.status.damage else { return }
        self.begin(damage.corruption, &state)
    }

    /// Somebody looked at everything from `first` to `last` (nil: to the head), and found nothing wrong.
    private func reportGood(from first: BlockIndex, to last: BlockIndex?) {
        self.state.withLock { state in
            guard state.task == nil, let block = state.status.damage?.corruption.block, block >= first,
                last.map({ block <= $0 }) ?? true
            else { return }
            state.status.damage = nil
            state.retry?.cancel()
            state.retry = nil
        }
    }

    private func log(_ corruption: Corruption) {
        self.logger.error(
            "the ledger is damaged; `cairn verify` says more",
            metadata: [
                "block": "\(corruption.block.map { "\($0)" } ?? "-")", "file": "\(corruption.file)",
                "reason": "\(corruption.reason)",
            ])
    }

    private func begin(_ corruption: Corruption, _ state: inout State) {
        if state.status.damage?.corruption.block != corruption.block {
            state.status.damage = RepairStatus.Damage(corruption: corruption, foundAt: self.now())
            self.log(corruption)
        }
        state.task = Task.detached(priority: .utility) { await self.run(corruption) }
    }

    func stop() async {
        let task = self.state.withLock { state in
            state.isStopping = true
            state.retry?.cancel()
            return state.task
        }
        task?.cancel()
        await task?.value
    }

    /// Waits until nothing is being put right, at most so long.
    ///
    /// - Returns: whether nothing is known to be damaged then.
    func settle(atMost timeout: Duration) async -> Bool {
        let goal = self.state.withLock { state in state.task == nil ? nil : TreeSize(rawValue: state.ends + 1) }
        if let goal {
            _ = await self.waiters.wait(
                for: goal, present: { self.state.withLock { TreeSize(rawValue: $0.ends) } }, timeout: timeout)
        }
        return self.state.withLock { $0.task == nil && $0.status.damage == nil }
    }

    /// Waits until nothing is being put right.
    package func idle() async {
        while let task = self.state.withLock({ $0.task }) { await task.value }
    }

    // MARK: Putting right

    private func run(_ corruption: Corruption) async {
        let obstacle = await self.heal(corruption)
        let ends = self.state.withLock { state in
            state.task = nil
            self.note(obstacle, of: corruption, &state)
            if !state.isStopping { self.goOn(after: corruption, obstacle, &state) }
            if state.task == nil { state.ends += 1 }
            return state.ends
        }
        self.waiters.signal(TreeSize(rawValue: ends))
    }

    private func note(_ obstacle: String?, of corruption: Corruption, _ state: inout State) {
        let isNew = state.status.damage?.obstacle != obstacle
        state.status.damage?.obstacle = obstacle
        guard let obstacle else {
            state.status.damage = nil
            return
        }
        guard isNew else { return }
        self.logger.warning(
            "the damage can't be healed",
            metadata: ["block": "\(corruption.block.map { "\($0)" } ?? "-")", "why": "\(obstacle)"])
    }

    /// Turns to what was reported meanwhile, or tries again later what couldn't be put right. What was reported of the same block
    /// was seen before it was put right, or would find the same obstacle.
    private func goOn(after corruption: Corruption, _ obstacle: String?, _ state: inout State) {
        if let next = state.next.take(), next.block != corruption.block {
            self.begin(next, &state)
        } else if obstacle != nil {
            state.retry = Task {
                try? await Task.sleep(for: self.retryDelay)
                if !Task.isCancelled { self.state.withLock { self.tryAgain(&$0) } }
            }
        }
    }

    /// Returns why it isn't healed; nil when all is good.
    private func heal(_ corruption: Corruption) async -> String? {
        guard let block = corruption.block else { return "it is in no block" }
        let foundAt = self.status.damage?.foundAt ?? self.now()
        do throws(StoreError) {
            // A segment before the block's own may turn out to be damaged too.
            for _ in 0..<8 {
                let segment = try self.store.beginRepair(of: block)
                let file = segment.file
                switch try await self.fill(segment) {
                case .failure(let obstacle):
                    return obstacle.why
                case .success(let filled):
                    guard let repair = filled.repair else { return self.check(block) }
                    guard !Task.isCancelled else { return "the node is stopping" }
                    for note in try await self.install(repair) { self.logger.notice("\(note)") }
                    self.note(repair.blocks, file: file, from: filled.peers, foundAt: foundAt)
                }
            }
            return "it comes back"
        } catch {
            return "\(error)"
        }
    }

    /// The stretch once more, by the rules of a validation.
    private func check(_ block: BlockIndex) -> String? {
        let report = self.store.validate(ValidationOptions(from: block, to: block, workers: 1)) { _ in true }
        return report.failure.map { "\($0)" }
    }

    private struct Obstacle: Error {
        var why: String
    }

    private struct Filled {
        var repair: VerifiedRepair?
        /// Who gave which block.
        var peers: [BlockIndex: String]
    }

    /// Gets what a segment lacks.
    private func fill(_ segment: consuming SegmentRepair) async throws(StoreError) -> Result<Filled, Obstacle> {
        var asked: [BlockIndex: Set<String>] = [:]
        var peers: [BlockIndex: String] = [:]
        while let need = try segment.next() {
            guard let source = self.state.withLock({ $0.source }) else {
                return .failure(
                    Obstacle(why: "no other node is known that has block \(need.index): \(Self.advice)"))
            }
            let tried = asked[need.index, default: []]
            guard !Task.isCancelled, let offered = await source.fetch(need, excluding: tried) else {
                return .failure(
                    Obstacle(
                        why: tried.isEmpty
                            ? "no node has block \(need.index)"
                            : "no other node has block \(need.index); what \(tried.sorted().joined(separator: ", ")) "
                                + "gave was refused"))
            }
            asked[need.index, default: []].insert(offered.peer)
            if let refusal = segment.offer(offered.final) {
                self.logger.warning(
                    "a block was refused",
                    metadata: ["block": "\(need.index)", "peer": "\(offered.peer)", "reason": "\(refusal)"])
            } else {
                peers[need.index] = offered.peer
            }
        }
        return .success(Filled(repair: try segment.finish(), peers: peers))
    }

    private static let advice = "put the directory back from a copy, or run `cairn repair` with the address of a node"

    private func note(_ blocks: [BlockIndex], file: String, from peers: [BlockIndex: String], foundAt: Timestamp) {
        let time = self.now()
        for block in blocks {
            self.logger.notice(
                "healed", metadata: ["block": "\(block)", "file": "\(file)", "peer": "\(peers[block] ?? "-")"])
        }
        self.state.withLock { state in
            state.status.healedBlocks += UInt64(blocks.count)
            state.status.healings += blocks.suffix(RepairStatus.healingsMax).map {
                RepairStatus.Healing(block: $0, foundAt: foundAt, healedAt: time, peer: peers[$0] ?? "-")
            }
            state.status.healings.removeFirst(max(0, state.status.healings.count - RepairStatus.healingsMax))
        }
    }
}
