internal import CairnLedger

// Blocks that are there, on their way to the vote machine.
extension CatchUpMachine {
    mutating func formRun(_ turn: inout CatchUpTurn) {
        guard !self.isChecking, let blocks = self.fetch.run(in: self.skeleton) else { return }
        self.isChecking = true
        turn.effects.append(.check(CatchUpRun(tip: self.tip, blocks: blocks)))
    }

    package mutating func take(_ run: CheckedRun, _ turn: inout CatchUpTurn) {
        self.isChecking = false
        // The vote machine may have come further by itself meanwhile.
        guard run.behind == self.tip.hash else { return }
        switch run.result {
        case .good(let blocks, let tip): self.deliver(blocks, tip, &turn)
        case .bad(let index, let error): self.refuse(index, error, &turn)
        }
    }

    private mutating func deliver(
        _ blocks: [(block: CheckedBlock, certificate: Certificate?)], _ tip: ChainTip, _ turn: inout CatchUpTurn
    ) {
        let last = tip.header.index
        guard let sender = self.fetch.sender(of: last) else { return }
        self.done.blocks += UInt64(blocks.count)
        self.done.records += tip.header.treeSize.rawValue - self.tip.header.treeSize.rawValue
        self.done.bytes += blocks.reduce(0) { $0 + UInt64($1.block.block.encodedByteCount) }
        self.tip = tip
        self.delivered.append((last, self.fetch.drop(through: last)))
        self.dropSkeleton(through: last)
        turn.effects.append(.deliver(CheckedMessage(.finals(blocks)), from: sender))
    }

    private mutating func dropSkeleton(through index: BlockIndex) {
        self.skeleton.drop(through: index)
        self.skeletonGivers.removeAll { $0.last <= index }
    }

    /// The header is certified, and so is the annex: where only the records can be wrong, they are.
    private mutating func refuse(_ index: BlockIndex, _ error: BlockError, _ turn: inout CatchUpTurn) {
        switch error {
        case .wrongTreeSize, .wrongTreeRoot, .tooLarge, .tooManyRecords:
            guard let sender = self.fetch.sender(of: index) else { return }
            self.ban(sender, because: .wrongRecords(index), &turn)
            // The link may have ended before the lie was seen.
            self.fetch.remove(from: sender)
        default:
            self.halt(at: index, error, &turn)
        }
    }

    /// What is certified can't be followed: no other node could mend that. What is already here in another form, or isn't
    /// for others to make final, stops nobody.
    mutating func halt(at index: BlockIndex, _ error: BlockError, _ turn: inout CatchUpTurn) {
        guard !self.isAlone, !self.isHalted, index > self.tip.header.index else { return }
        self.isHalted = true
        turn.effects.append(.halted(index, error))
    }

    /// - Parameters:
    ///   - stored: the newest durable block.
    ///   - tip: how far the vote machine is.
    mutating func advance(stored: BlockIndex, tip: ChainTip) {
        self.stored = max(self.stored, stored)
        self.delivered.removeAll { $0.last <= stored }
        // Usually the vote machine has just what it was given.
        guard tip.header.index > self.tip.header.index else { return }
        self.tip = tip
        if self.skeleton[tip.header.index]?.hash == tip.hash {
            _ = self.fetch.drop(through: tip.header.index)
            self.dropSkeleton(through: tip.header.index)
        } else if tip.header.index > self.skeleton.end.index {
            self.moveSkeleton()
        } else {
            self.restart()
        }
    }
}
