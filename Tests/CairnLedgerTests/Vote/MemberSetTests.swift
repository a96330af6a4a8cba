import CairnHash
import CairnLedger
import Testing

struct MemberSetTests {
    @Test(
        arguments: [
            ([1], 1, 1), ([1, 1], 2, 2), ([1, 1, 1], 2, 3), ([1, 1, 1, 1], 3, 3), ([1, 1, 1, 1, 1], 3, 4),
            ([1, 1, 1, 1, 1, 1], 4, 5), ([1, 1, 1, 1, 1, 1, 1], 4, 5), ([5, 3, 2], 6, 7), ([1, 1, 7], 5, 7),
            ([1 << 32, 1 << 32], (1 << 32) + 1, (1 << 33) * 2 / 3 + 1),
        ] as [([UInt64], UInt64, UInt64)])
    func quorums(powers: [UInt64], majority: UInt64, bft: UInt64) {
        #expect(Samples.members(powers, .majority).quorumPower == majority)
        #expect(Samples.members(powers, .bft).quorumPower == bft)
    }

    @Test func quorumsAreMoreThanTheirShareAndNoLarger() {
        for total in 1...UInt64(200) {
            let majority = Samples.members([total], .majority).quorumPower
            #expect(majority * 2 > total && (majority - 1) * 2 <= total)
            let bft = Samples.members([total], .bft).quorumPower
            #expect(bft * 3 > total * 2 && (bft - 1) * 3 <= total * 2)
            #expect(bft <= total)
        }
    }

    @Test func setsThatCantBe() {
        let key = Samples.key(1).publicKey
        #expect(MemberSet([], faultModel: .bft) == nil)
        #expect(MemberSet([Member(key: key, power: 0)], faultModel: .bft) == nil)
        #expect(MemberSet([Member(key: key, power: (1 << 32) + 1)], faultModel: .bft) == nil)
        #expect(MemberSet([Member(key: key), Member(key: key, power: 2)], faultModel: .bft) == nil)
    }

    @Test func theOnlyMember() {
        let (first, second) = (Samples.key(1).publicKey, Samples.key(2).publicKey)
        let alone = Samples.members([7])
        #expect(alone.isOnly(first))
        #expect(!alone.isOnly(second))
        let both = Samples.members([1, 1])
        #expect(!both.isOnly(first))
        #expect(!both.isOnly(second))
    }

    @Test func theLargestSet() throws {
        let keys = (0...UInt64(Limits.membersMax)).map { PublicKey(bytes: Samples.digest($0).bytes) }.compactMap(\.self)
        let members = keys.map { Member(key: $0, power: Limits.powerMax) }
        #expect(MemberSet(members, faultModel: .bft) == nil)
        let set = try #require(MemberSet(Array(members.dropLast()), faultModel: .bft))
        #expect(set.quorumPower == (1 << 42) * 2 / 3 + 1)
        #expect(set.position(of: keys[700]) == 700)
        #expect(set.position(of: keys[1_024]) == nil)
    }
}
