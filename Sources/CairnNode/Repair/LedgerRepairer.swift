internal import CairnLedger
internal import CairnLock
internal import CairnStore
internal import Logging

/// Puts right what a node finds damaged in its own ledger: gets the blocks from other nodes, has the writer write them, and
/// looks at the stretch again. One damage at a time; whatever else is reported meanwhile is put right afterwards.
package final class LedgerRepairer: Sendable {
    private let store: LedgerStore
    private let install: @Sendable (VerifiedRepair) async throws(StoreError) -> [String]
    private let logger: Logger
    private let retryDelay: Duration
    private let now: @Sendable () -> Timestamp
    private let state: Lock<State>

    private struct State {
        /// But for the damage, which is in `known`.
        var status = RepairStatus()
        var known = KnownDamage()
        var source: (any BlockSource)?
        var task: Task<Void, Never>?
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

    var status: RepairStatus {
        self.state.withLock { state in
            var status = state.status
            status.damage = state.known.shown
            return status
        }
    }

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
        guard let block = corruption.block, self.store.isWhole else {
            self.log(corruption)
            return
        }
        let file = self.store.firstBlockInFile(with: block)
        self.state.withLock { state in
            // Many may read the same bad block.
            guard !state.isStopping,
                state.known.add(corruption, in: block, ofFileFrom: file, at: self.now())
            else { return }
            self.log(corruption)
            self.begin(&state)
        }
    }

    private func tryAgain(_ state: inout State) {
        state.retry?.cancel()
        state.retry = nil
        guard !state.isStopping else { return }
        state.known.tryAgain()
        self.begin(&state)
    }

    /// Somebody looked at everything from `first` to `last` (nil: to the head), and found nothing wrong.
    private func reportGood(from first: BlockIndex, to last: BlockIndex?) {
        self.state.withLock { state in
            guard state.task == nil else { return }
            state.known.foundGood(from: first, to: last)
            guard state.known.isEmpty else { return }
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

    /// Turns to what waits, unless something is being put right.
    private func begin(_ state: inout State) {
        guard state.task == nil, let damage = state.known.next() else { return }
        state.task = Task.detached(priority: .utility) { await self.run(damage) }
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
    func settle(atMost timeout: Duration) async {
        let goal = self.state.withLock { state in state.task == nil ? nil : TreeSize(rawValue: state.ends + 1) }
        guard let goal else { return }
        _ = await self.waiters.wait(
            for: goal, present: { self.state.withLock { TreeSize(rawValue: $0.ends) } }, timeout: timeout)
    }

    /// Waits until nothing is being put right.
    package func idle() async {
        while let task = self.state.withLock({ $0.task }) { await task.value }
    }

    // MARK: Putting right

    private func run(_ damage: RepairStatus.Damage) async {
        let obstacle = await self.heal(damage)
        let ends = self.state.withLock { state in
            state.task = nil
            self.note(obstacle, of: damage.corruption, &state)
            if !state.isStopping { self.goOn(&state) }
            if state.task == nil { state.ends += 1 }
            return state.ends
        }
        self.waiters.signal(TreeSize(rawValue: ends))
    }

    private func note(_ obstacle: String?, of corruption: Corruption, _ state: inout State) {
        guard let obstacle else { return state.known.healed() }
        guard state.known.failed(obstacle) else { return }
        self.logger.warning(
            "the damage can't be healed",
            metadata: ["block": "\(corruption.block.map { "\($0)" } ?? "-")", "why": "\(obstacle)"])
    }

    /// Turns to what was reported meanwhile, and when nothing is left of that, tries again later what couldn't be put right.
    private func goOn(_ state: inout State) {
        self.begin(&state)
        guard state.task == nil, state.known.hasUnhealed, state.retry == nil else { return }
        state.retry = Task {
            try? await Task.sleep(for: self.retryDelay)
            if !Task.isCancelled { self.state.withLock { self.tryAgain(&$0) } }
        }
    }

    /// Returns why it isn't healed; nil when all is good.
    private func heal(_ damage: RepairStatus.Damage) async -> String? {
        guard let block = damage.corruption.block else { return "it is in no block" }
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
                    self.note(repair.blocks, file: file, from: filled.peers, foundAt: damage.foundAt)
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
