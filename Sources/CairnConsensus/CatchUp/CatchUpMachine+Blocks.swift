internal import CairnHash
package import CairnLedger

// Blocks: in ranges, from several nodes at once.
extension CatchUpMachine {
    /// A block that all others wait for is asked for once more no sooner than that.
    private static let hedgeAfterMin = Duration.milliseconds(100)

    mutating func askForBlocks(_ turn: inout CatchUpTurn) {
        while let lowest = self.fetch.lowestWanted(in: self.skeleton) {
            guard self.hasRoom(toAskFor: lowest, turn.now), let node = self.nodeToAsk(for: lowest, except: nil),
                let asked = self.nodes[node],
                let range = self.fetch.takeRange(
                    in: self.skeleton, through: asked.claimed, bytes: asked.rangeBytes,
                    blocksMax: self.configuration.rangeBlocksMax)
            else { break }
            self.ask(range, of: node, &turn)
        }
        self.hedge(&turn)
    }

    /// Room for two answers is kept free: one for what all others wait for, and one for asking for that once more.
    private mutating func hasRoom(toAskFor index: BlockIndex, _ now: Instant) -> Bool {
        let room = self.configuration.bytesWaitingMax - 2 * Self.reservedBytesMax
        if self.waitingBytes + Self.reservedBytesMax <= room { return true }
        guard index == self.fetch.firstMissing() else { return false }
        // What is on its way to the disk leaves room by itself. What waits for this very block doesn't.
        if self.waitingBytes > room, self.delivered.isEmpty, !self.isChecking,
            self.nodes.values.allSatisfy({ $0.debts.isEmpty })
        {
            self.fetch.evict(self.waitingBytes - room)
            if self.waitingBytes > room { self.giveUpSkeleton(now) }
        }
        return self.waitingBytes <= room && !self.skeleton.isEmpty
    }

    private mutating func ask(_ range: ClosedRange<BlockIndex>, of node: PublicKey, _ turn: inout CatchUpTurn) {
        self.nodes[node]?.ask(.blocks(range), reserving: Self.reservedBytesMax, now: turn.now)
        turn.effects.append(.send(.blocksRequest(range), to: node))
    }

    /// Who owes least, of these who is quickest, of these the first.
    private func nodeToAsk(for index: BlockIndex, except other: PublicKey?) -> PublicKey? {
        var best: (node: PublicKey, ranges: Int, usual: Duration)?
        for node in self.order where node != other {
            guard let known = self.nodes[node], !known.isResting, known.claimed >= index else { continue }
            let ranges = known.owedRanges.count
            // Where nothing is known yet, it is worth finding out.
            let usual = known.pace.usual ?? .zero
            guard ranges < self.configuration.rangesPerNode else { continue }
            if let found = best, (found.ranges, found.usual) <= (ranges, usual) { continue }
            best = (node, ranges, usual)
        }
        return best?.node
    }

    // MARK: Who holds all others up

    /// When nothing more can be asked for before a particular block is there, a node that is idle is asked for it too, as
    /// soon as a quick node would have answered.
    private mutating func hedge(_ turn: inout CatchUpTurn) {
        self.hedgeAt = nil
        let first = self.fetch.firstMissing()
        guard self.fetch.isMissing(first, self.skeleton) else { return }
        let owing = self.order.filter { self.range(with: first, owedBy: $0) != nil }
        guard owing.count == 1, let slow = owing.first, let range = self.range(with: first, owedBy: slow),
            let since = self.nodes[slow]?.debts.first(where: { $0.range == range })?.since,
            let quick = self.nodeToAsk(for: first, except: slow), let usual = self.nodes[quick]?.pace.usual,
            self.nodes[quick]?.owedRanges.isEmpty == true
        else { return }
        let due = since + max(Self.hedgeAfterMin, usual * 2)
        guard due <= turn.now else {
            self.hedgeAt = due
            return
        }
        let last = min(range.upperBound, self.nodes[quick]?.claimed ?? first)
        self.ask(first...max(first, last), of: quick, &turn)
    }

    private func range(with index: BlockIndex, owedBy node: PublicKey) -> ClosedRange<BlockIndex>? {
        self.nodes[node]?.owedRanges.first { $0.contains(index) }
    }

    // MARK: Answers

    package mutating func receive(_ blocks: [FetchedBlock], from node: PublicKey, _ turn: inout CatchUpTurn) {
        guard let first = blocks.first?.block.block.index else { return }
        if blocks.count == 1, self.repairs.isAsked(first, of: node) {
            _ = self.nodes[node]?.answered(.blocks(first...first), now: turn.now, self.configuration)
            self.receiveCandidate(blocks[0], from: node, &turn)
            return
        }
        guard let answered = self.nodes[node]?.answered(.blocks(first...first), now: turn.now, self.configuration),
            case .blocks(let range) = answered.asked
        else { return }
        var next = first
        var bytes = 0
        for block in blocks where range.contains(block.block.block.index) {
            let index = block.block.block.index
            if self.fetch.isMissing(index, self.skeleton), let link = self.skeleton[index] {
                bytes += block.byteCount
                // A late answer's room was given to others; and of an answer that is longer than any, not all is taken.
                let hasRoom = bytes <= Self.reservedBytesMax && (!answered.isLate || self.hasRoom(for: block))
                guard hasRoom else { break }
                if let lie = Self.lie(in: block, link) {
                    self.fetch.giveBack(range)
                    return self.ban(node, because: lie, &turn)
                }
                self.fetch.insert(block, from: node)
            }
            next = index.next()
        }
        if !answered.isLate, next <= range.upperBound {
            self.fetch.giveBack(next...range.upperBound)
            guard !self.fetch.fits(next, behind: bytes, self.skeleton) else {
                return self.leaveAlone(node, turn.now)
            }
        }
        if bytes > 0 { self.nodes[node]?.wasUseful(gaveBlocks: true, self.configuration) }
    }

    private static func lie(in fetched: FetchedBlock, _ link: Skeleton.Link) -> CatchUpError? {
        let block = fetched.block.block
        if fetched.block.hash != link.hash { return .otherBlock(block.index) }
        return UInt64(block.entries.count) == link.records ? nil : .wrongRecords(block.index)
    }

    private func hasRoom(for block: FetchedBlock) -> Bool {
        self.waitingBytes + block.byteCount + 2 * Self.reservedBytesMax <= self.configuration.bytesWaitingMax
    }
}
