import CairnCommand
import CairnLedger
import Testing

struct MemberEditTests {
    private let keys = (0..<4).map { _ in PrivateKey().publicKey }
    private let present: MemberSet

    init() throws {
        self.present = try #require(MemberSet(self.keys[..<3].map { Member(key: $0, power: 2) }, faultModel: .majority))
    }

    private func apply(_ edit: MemberEdit, _ faultModel: FaultModel? = nil) throws -> MemberSet {
        try edit.applied(to: self.present, faultModel: faultModel)
    }

    @Test func adds() throws {
        let next = try self.apply(.add([self.keys[3]], power: 1), .bft)
        #expect(next.members == self.present.members + [Member(key: self.keys[3], power: 1)])
        #expect(next.faultModel == .bft)
        #expect(throws: CommandFailure.self) { try self.apply(.add([self.keys[0]], power: 1)) }
        #expect(throws: CommandFailure.self) { try self.apply(.add([self.keys[3], self.keys[3]], power: 1)) }
    }

    @Test func removes() throws {
        #expect(try self.apply(.remove([self.keys[1]])).members.map(\.key) == [self.keys[0], self.keys[2]])
        #expect(throws: CommandFailure.self) { try self.apply(.remove(Array(self.keys[..<3]))) }
        #expect(throws: CommandFailure.self) { try self.apply(.remove([self.keys[3]])) }
    }

    @Test func powers() throws {
        #expect(try self.apply(.power(self.keys[1], 7)).members.map(\.power) == [2, 7, 2])
        for power in [0, Limits.powerMax + 1] {
            #expect(throws: CommandFailure.self) { try self.apply(.power(self.keys[1], power)) }
        }
        #expect(throws: CommandFailure.self) { try self.apply(.power(self.keys[1], 2)) }
    }

    /// The new one has the old one's place and power.
    @Test func replaces() throws {
        let next = try self.apply(.replace(self.keys[1], with: self.keys[3]))
        #expect(next.members == [self.keys[0], self.keys[3], self.keys[2]].map { Member(key: $0, power: 2) })
        #expect(throws: CommandFailure.self) { try self.apply(.replace(self.keys[0], with: self.keys[1])) }
        #expect(throws: CommandFailure.self) { try self.apply(.replace(self.keys[3], with: self.keys[3])) }
    }
}
