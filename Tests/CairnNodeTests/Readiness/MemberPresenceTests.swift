import CairnConsensus
import CairnLedger
import CairnNode
import Testing

@Suite("Which members are there")
struct MemberPresenceTests {
    private let keys: [PublicKey]
    private let members: MemberSet

    init() throws {
        self.keys = try (1...5).map { try #require(PublicKey(bytes: [UInt8](repeating: UInt8($0), count: 32))) }
        self.members = try #require(MemberSet(self.keys[..<4].map { Member(key: $0) }, faultModel: .bft))
    }

    private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: UInt64(seconds * 1e9)) }

    /// A member, with links to the others.
    private func member() -> MemberPresence {
        var presence = MemberPresence(own: self.keys[0], members: self.members, now: self.at(0))
        for key in self.keys[1..<4] { presence.linked(key, now: self.at(1)) }
        presence.look(votes: true, now: self.at(1))
        return presence
    }

    @Test("B5: two of four go: no quorum at once, and known a moment later")
    func twoGo() {
        var presence = self.member()
        #expect(presence.hasQuorum(votes: true, now: self.at(2)))
        #expect(presence.power(votes: true, now: self.at(2)) == QuorumPower(present: 4, needed: 3, total: 4))
        presence.unlinked(self.keys[3])
        presence.look(votes: true, now: self.at(2))
        #expect(presence.hasQuorum(votes: true, now: self.at(2)))
        presence.unlinked(self.keys[2])
        presence.look(votes: true, now: self.at(2))
        #expect(!presence.hasQuorum(votes: true, now: self.at(2)))
        #expect(presence.power(votes: true, now: self.at(2)).present == 2)
        #expect(!presence.isKnownMissing(votes: true, now: self.at(4.9)))
        #expect(presence.isKnownMissing(votes: true, now: self.at(5)))
        // One is back: that is enough, at once.
        presence.heard(self.keys[1], now: self.at(6))
        presence.linked(self.keys[2], now: self.at(6))
        presence.look(votes: true, now: self.at(6))
        #expect(
            presence.hasQuorum(votes: true, now: self.at(6)) && !presence.isKnownMissing(votes: true, now: self.at(6)))
    }

    @Test("B5: who stands still with its links open is missed after a while")
    func silence() {
        var presence = self.member()
        presence.heard(self.keys[1], now: self.at(4))
        presence.look(votes: true, now: self.at(5.9))
        #expect(presence.hasQuorum(votes: true, now: self.at(5.9)))
        presence.look(votes: true, now: self.at(6))
        #expect(!presence.hasQuorum(votes: true, now: self.at(6)))
        #expect(presence.power(votes: true, now: self.at(6)).present == 2)
        presence.heard(self.keys[2], now: self.at(7))
        #expect(presence.hasQuorum(votes: true, now: self.at(7)))
    }

    @Test("at the beginning nobody is there, and that isn't known for a moment")
    func beginning() {
        var presence = MemberPresence(own: self.keys[0], members: self.members, now: self.at(10))
        presence.look(votes: true, now: self.at(10))
        #expect(!presence.hasQuorum(votes: true, now: self.at(10)) && !presence.hasMetOthers)
        #expect(!presence.isKnownMissing(votes: true, now: self.at(12.9)))
        #expect(presence.isKnownMissing(votes: true, now: self.at(13)))
    }

    @Test("a vote that doesn't count is no power, and powers weigh")
    func powers() throws {
        let members = try #require(
            MemberSet(
                [Member(key: self.keys[0], power: 1), Member(key: self.keys[1], power: 3)], faultModel: .majority))
        var presence = MemberPresence(own: self.keys[1], members: members, now: self.at(0))
        #expect(presence.hasQuorum(votes: true, now: self.at(0)))
        #expect(!presence.hasQuorum(votes: false, now: self.at(0)))
        presence.linked(self.keys[0], now: self.at(0))
        #expect(!presence.hasQuorum(votes: false, now: self.at(0)))
        #expect(presence.power(votes: false, now: self.at(0)) == QuorumPower(present: 1, needed: 3, total: 4))
    }

    @Test("a follower needs one member, and misses only those that it had a link to")
    func follower() {
        var presence = MemberPresence(own: self.keys[4], members: self.members, now: self.at(0))
        #expect(!presence.hasQuorum(votes: false, now: self.at(0)))
        presence.linked(self.keys[0], now: self.at(0))
        #expect(presence.hasQuorum(votes: false, now: self.at(0)))
        presence.linked(self.keys[1], now: self.at(0))
        presence.linked(self.keys[2], now: self.at(0))
        presence.unlinked(self.keys[1])
        #expect(presence.hasQuorum(votes: false, now: self.at(1)))
        presence.unlinked(self.keys[2])
        presence.look(votes: false, now: self.at(1))
        #expect(!presence.hasQuorum(votes: false, now: self.at(1)))
        #expect(presence.isKnownMissing(votes: false, now: self.at(4)))
    }

    @Test("blocks that become final show that a quorum is somewhere")
    func growth() {
        var presence = self.member()
        presence.unlinked(self.keys[2])
        presence.unlinked(self.keys[3])
        presence.look(votes: true, now: self.at(2))
        // It was on its way.
        presence.grew(now: self.at(2.5))
        #expect(!presence.hasQuorum(votes: true, now: self.at(3)))
        presence.grew(now: self.at(4))
        #expect(
            presence.hasQuorum(votes: true, now: self.at(8)) && !presence.isKnownMissing(votes: true, now: self.at(8)))
        #expect(
            !presence.hasQuorum(votes: true, now: self.at(9)) && presence.isKnownMissing(votes: true, now: self.at(9)))
    }

    @Test("with a new epoch others are waited for, and strangers are forgotten with their links")
    func epochs() throws {
        var presence = self.member()
        presence.linked(self.keys[4], now: self.at(1))
        presence.unlinked(self.keys[4])
        let next = try #require(
            MemberSet([Member(key: self.keys[0]), Member(key: self.keys[4])], faultModel: .majority))
        presence.begin(next)
        presence.look(votes: true, now: self.at(2))
        #expect(presence.power(votes: true, now: self.at(2)) == QuorumPower(present: 1, needed: 2, total: 2))
        presence.linked(self.keys[4], now: self.at(3))
        #expect(presence.hasQuorum(votes: true, now: self.at(3)))
    }
}
