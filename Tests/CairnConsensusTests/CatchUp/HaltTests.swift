import CairnConsensus
import CairnHash
import CairnLedger
import TestSupport
import Testing

/// Whom a block stops that this program is too old for, and whom not.
struct HaltTests {
    private let now = Instant(nanoseconds: 1_000_000_000)
    private let other: PublicKey

    init() throws {
        self.other = try QuickSigner(100).publicKey
    }

    private func newer(_ index: BlockIndex) -> CatchUpEvent {
        .refused(.epochEnd(index, .annex(.unknownSettings("settings.agreement 2"))), from: self.other)
    }

    /// The blocks that a machine halts at.
    private func halts(_ effects: [CatchUpEffect]) -> [BlockIndex] {
        effects.compactMap { effect -> BlockIndex? in
            if case .halted(let index, _) = effect { return index }
            return nil
        }
    }

    private func machine(of member: PublicKey, for key: PublicKey) throws -> CatchUpMachine {
        let state = try Samples.chain(member)
        return CatchUpMachine(chain: state.chain, tip: state.tip, key: key)
    }

    /// Nobody else makes blocks final; a block for a repair it takes.
    @Test func theOnlyMemberAsksForNoHeaders() throws {
        let key = try QuickSigner(50).publicKey
        var follower = try self.machine(of: key, for: try QuickSigner(51).publicKey)
        var member = try self.machine(of: key, for: key)
        for event in [CatchUpEvent.linked(self.other), .claimed(head: 80, by: self.other)] {
            let asked = follower.handle(event, now: self.now).count
            if case .claimed = event { #expect(asked == 1) }
            #expect(member.handle(event, now: self.now).isEmpty)
        }
        #expect(self.halts(follower.handle(self.newer(1), now: self.now)) == [1])
        #expect(member.handle(.repair(0, hash: nil), now: self.now).count == 1)
        #expect(self.halts(member.handle(self.newer(1), now: self.now)).isEmpty)
    }

    /// What came meanwhile by another way stays; only what would come after it is followed no further.
    @Test func whatIsHereAlreadyStopsNobody() throws {
        var random = SplitMix64(seed: 7)
        let chain = try SampleChain(blocks: 20, &random)
        let state = try ChainState(genesis: chain.genesis)
        var machine = CatchUpMachine(chain: chain.chain, tip: state.tip)
        _ = machine.handle(.linked(self.other), now: self.now)
        #expect(machine.handle(.claimed(head: 100, by: self.other), now: self.now).count == 1)
        _ = machine.handle(.stored(through: 20, tip: chain.tip), now: self.now)
        #expect(self.halts(machine.handle(self.newer(20), now: self.now)).isEmpty)
        #expect(self.halts(machine.handle(self.newer(21), now: self.now)) == [21])
    }
}
