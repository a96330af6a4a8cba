import CairnHash
import CairnLedger
import TestSupport
import Testing

/// Members that change at random: a chain, a light client and a plain model come to the same sets.
struct RandomHistoryTests {
    @Test(arguments: 0..<12)
    func everyoneAgrees(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        var state = try Samples.chain()
        var model = [(number: UInt8(1), power: UInt64(1))]
        var ends: [EpochEnd] = []
        for _ in 0..<8 {
            let before = model
            Self.change(&model, using: &random)
            let faultModel = FaultModel.allCases[Int.random(in: 0...1, using: &random)]
            let next = try #require(
                MemberSet(
                    model.map { Member(key: Samples.key($0.number).publicKey, power: $0.power) }, faultModel: faultModel
                ))
            guard !next.isSame(as: state.members) else { continue }

            // As few as are a quorum, from a random one on.
            var signers: [UInt8] = []
            var power: UInt64 = 0
            for member in before.shuffled(using: &random) where power < state.members.quorumPower {
                signers.append(member.number)
                power += member.power
            }
            let known = Set(before.map(\.number))
            let change = Samples.change(
                to: next, from: state.members, epoch: state.epoch, chain: state.chain, signers: signers,
                joining: model.map(\.number).filter { !known.contains($0) })
            let entries = try Samples.entries(count: Int.random(in: 0...2, using: &random))
            let proposer = try #require(before.randomElement(using: &random)).number
            let made = state.tip.makeBlock(
                entries: entries, leafHashes: entries.leafHashes(), submissions: nil, change: change,
                proposer: Samples.key(proposer).publicKey, now: Samples.start)
            ends.append(
                EpochEnd(
                    header: made.block.header, annexBytes: made.block.annexBytes,
                    certificate: Samples.certificate(of: made, in: state, by: signers)))
            let present = state.members
            try state.apply(made.block, leafHashes: made.leafHashes)
            #expect(state.members == next)
            #expect(state.epoch == Epoch(ends.count))

            // The last signature made the quorum.
            var lacking = change
            let last = try #require(before.firstIndex { $0.number == signers.last })
            lacking.signatures.removeAll { $0.member == last }
            #expect(throws: MemberChangeError.self) {
                try lacking.verify(present: Samples.epoch(present, change.epoch, of: state.chain))
            }
        }
        let found = try MemberHistory(genesis: Samples.genesis(), ends: ends).verify(chain: state.chain)
        #expect(found == state.present)
    }

    /// Members join, leave, get another power and another key.
    private static func change(
        _ members: inout [(number: UInt8, power: UInt64)], using random: inout SplitMix64
    ) {
        func free(_ members: [(number: UInt8, power: UInt64)]) -> UInt8 {
            var number = UInt8.random(in: 1...40, using: &random)
            while members.contains(where: { $0.number == number }) { number = number % 40 + 1 }
            return number
        }
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = Int.random(in: 0..<members.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: members.insert((free(members), UInt64.random(in: 1...9, using: &random)), at: place)
            case 1 where members.count > 1: members.remove(at: place)
            case 2: members[place].power = UInt64.random(in: 1...Limits.powerMax, using: &random)
            default: members[place].number = free(members)
            }
        }
    }
}
