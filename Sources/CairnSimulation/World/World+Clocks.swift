import CairnLedger

/// Wall clocks that are wrong by minutes, until somebody notices.
struct WrongClocks {
    /// What each clock was ahead by before, by node.
    var before: [Int: Int64] = [:]
    /// The most that one of them is ahead by, in microseconds.
    var aheadMax: Int64 = 0
    /// Until when a block may be of the future that was proposed while clocks were ahead.
    var futureEnd: WorldTime = 0
}

extension World {
    func setClocksWrong() {
        guard self.phase == .safety, let wish = self.scenario.rare.wrongClocks else { return }
        let common = self.drawWrong(wish.direction)
        for node in self.nodesForWrongClocks(ofQuorum: wish.isOfQuorum) {
            let offset = wish.isCommon ? common : self.drawWrong(wish.direction)
            let staysWrong = wish.stays && node.isHealthy && self.canLose(node)
            self.trace.note(self.time, .fault, node: node.number, UInt64(bitPattern: offset))
            self.trace.say(
                self.time,
                "node \(node.number)'s clock is wrong by \(offset / 1_000_000) s" + (staysWrong ? " for good" : ""))
            if staysWrong {
                node.hasWrongClock = true
                self.happened.clocksWrongForGood += 1
            } else {
                self.wrongClocks.before[node.number] = node.clock.wallOffsetMicroseconds
            }
            self.wrongClocks.aheadMax = max(self.wrongClocks.aheadMax, offset)
            node.clock.setWall(offsetMicroseconds: offset)
            self.happened.clocksWrong += 1
            if offset > 0 { self.happened.clocksAhead += 1 }
        }
    }

    /// Microseconds.
    private func drawWrong(_ direction: RareFaults.WrongClocks.Direction) -> Int64 {
        let amount = Int64(self.rareDraw.within(RareFaults.wrongSeconds)) * 1_000_000
        return switch direction {
        case .ahead: amount
        case .behind: -amount
        case .both: self.rareDraw.chance(perMille: 500) ? amount : -amount
        }
    }

    /// Members that are a quorum, or one after the other as long as the rest is one.
    private func nodesForWrongClocks(ofQuorum: Bool) -> [Node] {
        let present = self.judge.members[Int(self.judge.epoch)]
        let total = present.powers.reduce(0, +)
        var chosen: [Node] = []
        var power: UInt64 = 0
        for place in self.rareDraw.mix(Array(present.keys.indices)) {
            let next = power + present.powers[place]
            let isEnough = ofQuorum ? present.isQuorum(power) : !present.isQuorum(total - next)
            guard !isEnough, let node = PublicKey(bytes: present.keys[place]).flatMap({ self.nodeOfKey[$0] })
            else { continue }
            chosen.append(self.nodes[node])
            power = next
            // Some of the minorities that there may be.
            if !ofQuorum, self.rareDraw.chance(perMille: 400) { break }
        }
        self.happened.wasQuorumWrong = present.isQuorum(power)
        return chosen
    }

    /// Those that don't stay wrong are set as they were.
    func setClocksRight() {
        guard !self.wrongClocks.before.isEmpty else { return }
        for (node, offset) in self.wrongClocks.before.sorted(by: { $0.key < $1.key }) {
            self.trace.note(self.time, .fault, node: node)
            self.trace.say(self.time, "node \(node)'s clock is right again")
            self.nodes[node].clock.setWall(offsetMicroseconds: offset)
        }
        self.wrongClocks.before = [:]
        self.wrongClocks.futureEnd = self.time + .microseconds(UInt64(self.wrongClocks.aheadMax))
    }

    /// Until when a view may last that a clock from the future led.
    ///
    /// In a fast view who finalised a block is bound by it, and who has a right clock doesn't vote for it before its time has
    /// come: when neither are a quorum, nobody can leave the view earlier. With two rounds of votes it can be given up. So it can where
    /// the votes of all make a block final: what those with right clocks say lets go of the others, or, when the others are nearly all,
    /// vouches for the block's time.
    var clocksAgreeAt: WorldTime {
        self.judge.members.contains { !$0.isBFT } ? self.wrongClocks.futureEnd : 0
    }

    /// Whether blocks from the future are nobody's lie.
    var mayClocksDiffer: Bool { self.happened.clocksWrong > 0 }
}
