import CairnConsensus
import CairnLedger
import Testing

struct LeaderScheduleTests {
    private func schedule(_ powers: [UInt64]) throws -> LeaderSchedule {
        let members = try powers.enumerated().map { number, power in
            Member(key: try QuickSigner(UInt8(number + 1)).publicKey, power: power)
        }
        return LeaderSchedule(try #require(MemberSet(members, faultModel: .majority)))
    }

    @Test(arguments: [
        [1], [1, 1], [1, 1, 1, 1], [1, 2, 3], [5, 1, 1, 1], [1 << 32, 1], Array(repeating: 7, count: 64),
    ])
    func turnsAreInProportionToPower(powers: [UInt64]) throws {
        let schedule = try self.schedule(powers)
        var turns = Array(repeating: 0, count: powers.count)
        let views = 20_000
        for view in 1...UInt64(views) { turns[schedule.leader(of: View(rawValue: view))] += 1 }
        let total = Double(powers.reduce(0, +))
        for (power, count) in zip(powers, turns) {
            let expected = Double(power) / total * Double(views)
            #expect(abs(Double(count) - expected) < 10, "power \(power): \(count) turns, \(expected) expected")
        }
    }

    @Test(arguments: 2...20)
    func nobodyWaitsLongForATurn(members: Int) throws {
        let schedule = try self.schedule(Array(repeating: 1, count: members))
        var last = Array(repeating: UInt64(0), count: members)
        for view in 1...UInt64(5_000) {
            let leader = schedule.leader(of: View(rawValue: view))
            if view > 100 { #expect(view - last[leader] <= UInt64(4 * members)) }
            last[leader] = view
        }
    }
}
