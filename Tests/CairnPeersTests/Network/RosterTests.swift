import CairnLedger
import CairnPeers
import TestSupport
import Testing

struct RosterTests {
    /// By rising key, as bytes.
    private static let keys = (UInt8(1)...6).map { Samples.key($0).publicKey }.sorted { $0.isBefore($1) }

    private func entry(
        _ id: UInt64, _ direction: PeerStatus.Direction, number: UInt64? = nil, there: UInt64? = nil
    ) -> Roster.Entry {
        Roster.Entry(id: id, number: number ?? id, numberThere: there ?? id, direction: direction)
    }

    @Test func theLinkThatTheSmallerKeyDialedStays() {
        var small = Roster(own: Self.keys[0], limit: 9)
        let first = small.admit(self.entry(1, .incoming), of: Self.keys[1], openFrom: 0)
        #expect(first.decision == .accept)
        let second = small.admit(self.entry(2, .outgoing), of: Self.keys[1], openFrom: 0)
        #expect(second.decision == .wait)
        #expect(second.ending.map(\.id) == [1])
        // The one that waits takes over when the other is gone.
        let successor = small.remove(id: 1, of: Self.keys[1])
        #expect(successor?.id == 2)
        #expect(small.active[Self.keys[1]]?.id == 2)
        let third = small.admit(self.entry(3, .incoming), of: Self.keys[1], openFrom: 0)
        #expect(third.decision == .refuse(.duplicate))
    }

    @Test func whatTheOtherEndClosedGoes() {
        var small = Roster(own: Self.keys[0], limit: 9)
        _ = small.admit(self.entry(1, .outgoing, there: 10), of: Self.keys[1], openFrom: 0)
        let again = small.admit(self.entry(2, .incoming, there: 11), of: Self.keys[1], openFrom: 11)
        #expect(again.decision == .wait)
    }

    @Test func aLinkThatEndsWhileItWaits() {
        var roster = Roster(own: Self.keys[0], limit: 9)
        _ = roster.admit(self.entry(1, .incoming), of: Self.keys[1], openFrom: 0)
        _ = roster.admit(self.entry(2, .outgoing), of: Self.keys[1], openFrom: 0)
        for id in [2, 1] as [UInt64] {
            let successor = roster.remove(id: id, of: Self.keys[1])
            #expect(successor == nil)
        }
        #expect(roster.active.isEmpty)
        #expect(roster.waiting.isEmpty)
    }

    @Test func membersHaveRoom() {
        var roster = Roster(own: Self.keys[0], limit: 2)
        roster.members = [Self.keys[3], Self.keys[4], Self.keys[5]]
        _ = roster.admit(self.entry(1, .incoming), of: Self.keys[1], openFrom: 0)
        _ = roster.admit(self.entry(2, .incoming), of: Self.keys[3], openFrom: 0)
        let other = roster.admit(self.entry(3, .incoming), of: Self.keys[2], openFrom: 0)
        #expect(other.decision == .refuse(.noRoom))
        let member = roster.admit(self.entry(4, .incoming), of: Self.keys[4], openFrom: 0)
        #expect(member.decision == .accept)
        #expect(member.ending.map(\.id) == [1])
        #expect(member.ending.map(\.reason) == [.displaced])
        _ = roster.remove(id: 1, of: Self.keys[1])
        let last = roster.admit(self.entry(5, .incoming), of: Self.keys[5], openFrom: 0)
        #expect(last.decision == .refuse(.noRoom))
    }

    /// Whatever connections two nodes open to each other, and in whatever order each of them sees them, one and the
    /// same stays at both.
    @Test func bothEndsChooseTheSame() throws {
        var random = SplitMix64(seed: 3)
        for _ in 0..<2_000 {
            let count = Int.random(in: 1...5, using: &random)
            let dialers = (0..<count).map { _ in Bool.random(using: &random) }
            let numbers = [0, 1].map { _ in (1...UInt64(count)).shuffled(using: &random) }
            let survivors = [0, 1].map { side -> UInt64? in
                var roster = Roster(own: Self.keys[side], limit: 9)
                var order = Array(0..<count)
                order.shuffle(using: &random)
                for place in order {
                    let isOwn = dialers[place] == (side == 0)
                    let entry = self.entry(
                        UInt64(place), isOwn ? .outgoing : .incoming, number: numbers[side][place],
                        there: numbers[1 - side][place])
                    // Nothing was closed before: everything is open from the first number on.
                    let other = Self.keys[1 - side]
                    for end in roster.admit(entry, of: other, openFrom: 0).ending where Bool.random(using: &random) {
                        _ = roster.remove(id: end.id, of: other)
                    }
                }
                let other = Self.keys[1 - side]
                return roster.waiting[other]?.id ?? roster.active[other]?.id
            }
            #expect(survivors[0] == survivors[1])
            #expect(survivors[0] != nil)
        }
    }
}
