import CairnCommand
import CairnLedger
import Testing

/// What a local cluster says of itself.
struct ClusterPowerTests {
    private func keys(_ count: Int) throws -> [PublicKey] {
        try (0..<count).map { try #require(PublicKey(bytes: [UInt8](repeating: UInt8($0 + 1), count: 32))) }
    }

    private func power(_ powers: [UInt64], _ faultModel: FaultModel) throws -> ClusterPower {
        let members = zip(try self.keys(powers.count), powers).map { Member(key: $0, power: $1) }
        return ClusterPower(members: try #require(MemberSet(members, faultModel: faultModel)))
    }

    @Test(
        "B8: how many may be down is counted from members and their powers",
        arguments: [
            ([1, 1, 1, 1], .bft, 4, "4 nodes of one ledger, bft: 3 of them decide, so 1 may be down"),
            ([1, 1, 1], .majority, 3, "3 nodes of one ledger, majority: 2 of them decide, so 1 may be down"),
            ([1, 1, 1], .bft, 3, "3 nodes of one ledger, bft: 3 of them decide, so 0 may be down"),
            // One that was never a member, or was removed.
            (
                [1, 1, 1, 1], .bft, 5,
                "5 nodes of one ledger, 4 of them members, bft: 3 of the 4 members decide, so 1 member may be down"
            ),
            // One that runs elsewhere.
            (
                [1, 1, 1, 1, 1], .majority, 4,
                "4 nodes of one ledger, 1 more member elsewhere, majority: 3 of the 5 members decide, so 1 may be down"
            ),
            (
                [1, 1, 1, 1, 1], .bft, 3,
                "3 nodes of one ledger, 2 more members elsewhere, bft: 4 of the 5 members decide, more than run here"
            ),
            // Whichever goes, also the most powerful.
            ([3, 1, 1], .majority, 3, "3 nodes of one ledger, majority: a power of 3 of 5 decides, so 0 may be down"),
            (
                [2, 2, 1, 1, 1], .majority, 5,
                "5 nodes of one ledger, majority: a power of 4 of 7 decides, so 1 may be down"
            ),
        ] as [([UInt64], FaultModel, Int, String)])
    func words(powers: [UInt64], faultModel: FaultModel, nodes: Int, text: String) throws {
        #expect(try self.power(powers, faultModel).text(nodes: try self.keys(nodes)) == text)
    }

    @Test("B5: the others go on only when they are a quorum")
    func deaths() throws {
        let keys = try self.keys(5)
        let power = try self.power([1, 1, 1, 1], .bft)
        #expect(power.text(end: keys[0], left: Array(keys[1...])) == "the others go on")
        let second = power.text(end: keys[1], left: [keys[2], keys[3], keys[4]])
        #expect(second.hasPrefix("and too few members are left: a power of 2, and 3 decides"))
        #expect(!second.contains("others go on"))
        #expect(power.text(end: keys[4], left: Array(keys[..<2])) == "which is no member, and the others go on")
        // One with most of the power.
        let uneven = try self.power([3, 1, 1], .majority)
        #expect(uneven.text(end: keys[0], left: [keys[1], keys[2]]).hasPrefix("and too few"))
        #expect(uneven.text(end: keys[2], left: [keys[0], keys[1]]) == "the others go on")
    }
}
