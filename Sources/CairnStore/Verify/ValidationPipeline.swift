internal import CairnHash
internal import Foundation

/// Validates a stretch of the block log on several threads: reading, hashing and folding overlap, and what is on its
/// way at any time is bounded. The thread that calls is one of the workers, and the only one that takes results.
///
/// A worker takes the oldest work there is: it finishes an item that was joined, else reads, examines and hashes the next
/// one, else waits for a device that hashes leaves in place of it. Items are cut and joined in the chain's order, and
/// anything between in any order. An item in which something is odd is the last one: nothing behind it is joined.
///
/// `@unchecked Sendable`: everything mutable is touched under `lock` only; an item belongs to the worker that took it.
final class ValidationPipeline: @unchecked Sendable {
    /// Where the stretch ended.
    enum End {
        /// The reader can't go on there: the end of the log or of what was asked for, or something odd.
        case stopped(at: LogPosition)
        /// Something is odd about the blocks up to there.
        case suspect(to: LogPosition)
        /// Whoever takes the results didn't want more.
        case ended
    }

    enum Stage {
        /// Read, and now examined and hashed by a worker.
        case hashing
        case onDevice
        case hashed
        case joined
        case finishing
        case finished
        case suspect
    }

    struct Entry {
        let item: ValidationItem
        var stage = Stage.hashing
    }

    enum Work {
        case take(ValidationItem)
        case finish(ValidationItem)
        case read(ValidationItem)
        case awaitDevice(ValidationItem)
    }

    let lock = NSCondition()
    let stretch: ValidationStretch
    let limits: ValidationLimits

    // Under the lock, but for `cutter`, which belongs to the one worker that reads.
    var cutter: FrameCutter
    var edge: ChainEdge
    /// In the chain's order, from the first one that was not taken.
    var entries: [Entry] = []
    var spare: [ValidationItem]
    var isReading = false
    /// Nothing more is to be read.
    var isDry = false
    var isHalted = false
    /// Why leaves are hashed here and not on the device.
    var deviceFailure: OpenCLError?
    var helpers = 0

    /// - Parameter items: what may be on its way at once; to be used again for the next stretch.
    init(
        _ stretch: ValidationStretch, cutter: FrameCutter, edge: ChainEdge, items: [ValidationItem],
        limits: ValidationLimits
    ) {
        self.stretch = stretch
        self.cutter = cutter
        self.edge = edge
        self.spare = items
        self.limits = limits
    }

    /// - Parameters:
    ///   - workers: how many threads work, this one among them.
    ///   - take: called on this thread for every good item, in order.
    func run(workers: Int, take: (ValidationItem) -> TakeAnswer) -> End {
        self.helpers = workers - 1
        for number in 1..<max(1, workers) {
            let thread = Thread { self.help() }
            thread.name = "cairn.verify.\(number)"
            thread.start()
        }
        var end: End?
        self.lock.lock()
        while end == nil {
            if let work = self.nextWork(takes: true) {
                if case .take(let item) = work {
                    end = self.unlocked { self.answer(to: item, take) }
                    if end == nil { self.recycle(item) }
                } else {
                    self.perform(work)
                }
            } else if self.isDry, !self.isReading, self.entries.isEmpty {
                end = .stopped(at: self.cutter.position)
            } else {
                self.lock.wait()
            }
        }
        self.isHalted = true
        self.lock.broadcast()
        while self.helpers > 0 { self.lock.wait() }
        for entry in self.entries {
            // Its memory must not be read by a device any more when it is used again.
            if case .onDevice = entry.stage, let batch = entry.item.batch { try? entry.item.awaitDevice(batch) }
        }
        self.lock.unlock()
        return end ?? .ended
    }

    /// What whoever takes an item's results says to it.
    enum TakeAnswer {
        case goOn
        /// The item is not good after all.
        case suspect
        case end
    }

    private func answer(to item: ValidationItem, _ take: (ValidationItem) -> TakeAnswer) -> End? {
        if item.isSuspect { return .suspect(to: item.end) }
        return switch take(item) {
        case .goOn: nil
        case .suspect: .suspect(to: item.end)
        case .end: .ended
        }
    }

    private func help() {
        self.lock.lock()
        while !self.isHalted {
            if let work = self.nextWork(takes: false) { self.perform(work) } else { self.lock.wait() }
        }
        self.helpers -= 1
        self.lock.broadcast()
        self.lock.unlock()
    }
}
