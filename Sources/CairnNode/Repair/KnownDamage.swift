package import CairnLedger
package import CairnStore

/// What a node knows to be damaged in its own ledger. One damage is put right after the other; what can't be is kept, and waits
/// for another try. Decisions only.
///
/// A repair puts a whole file of the block log right, so one damage stands for all in its file: there are never more than files.
package struct KnownDamage: Sendable {
    private struct Entry {
        var damage: RepairStatus.Damage
        /// The first block of the file that it is in.
        var file: BlockIndex
        /// All that was reported of that file lies between these.
        var reported: ClosedRange<BlockIndex>

        mutating func note(_ block: BlockIndex) {
            self.reported = min(self.reported.lowerBound, block)...max(self.reported.upperBound, block)
        }
    }

    /// What is being put right.
    private var present: Entry?
    /// What is turned to next, in the order in which it was found.
    private var waiting: [Entry] = []
    /// What couldn't be put right.
    private var unhealed: [Entry] = []

    package init() {}

    package var isEmpty: Bool { self.shown == nil }

    package var hasUnhealed: Bool { !self.unhealed.isEmpty }

    /// The one that people are told of; nil when nothing is known to be wrong.
    package var shown: RepairStatus.Damage? { (self.present ?? self.unhealed.first ?? self.waiting.first)?.damage }

    /// Takes what was found.
    ///
    /// - Parameters:
    ///   - block: where it is.
    ///   - file: the first block of the file that it is in.
    /// - Returns: false when something in that file is known already, with which it is put right.
    package mutating func add(
        _ corruption: Corruption, in block: BlockIndex, ofFileFrom file: BlockIndex, at time: Timestamp
    ) -> Bool {
        if self.present?.file == file {
            self.present?.note(block)
        } else if let place = self.waiting.firstIndex(where: { $0.file == file }) {
            self.waiting[place].note(block)
        } else if let place = self.unhealed.firstIndex(where: { $0.file == file }) {
            self.unhealed[place].note(block)
        } else {
            let damage = RepairStatus.Damage(corruption: corruption, foundAt: time)
            self.waiting.append(Entry(damage: damage, file: file, reported: block...block))
            return true
        }
        return false
    }

    /// Turns to what waits. Nil when nothing does.
    package mutating func next() -> RepairStatus.Damage? {
        precondition(self.present == nil, "one damage is put right at a time")
        guard !self.waiting.isEmpty else { return nil }
        self.present = self.waiting.removeFirst()
        return self.present?.damage
    }

    /// What was turned to is right.
    package mutating func healed() {
        self.present = nil
    }

    /// What was turned to can't be put right now.
    ///
    /// - Returns: whether the obstacle is new.
    package mutating func failed(_ obstacle: String) -> Bool {
        guard var entry = self.present.take() else { return false }
        let isNew = entry.damage.obstacle != obstacle
        entry.damage.obstacle = obstacle
        self.unhealed.append(entry)
        return isNew
    }

    /// What couldn't be put right waits once more, after what was not tried yet.
    package mutating func tryAgain() {
        self.waiting += self.unhealed
        self.unhealed = []
    }

    /// Somebody looked at everything from `first` to `last` (nil: to the head), and found nothing wrong.
    package mutating func foundGood(from first: BlockIndex, to last: BlockIndex?) {
        self.unhealed.removeAll { entry in
            entry.reported.lowerBound >= first && last.map { entry.reported.upperBound <= $0 } ?? true
        }
    }
}
