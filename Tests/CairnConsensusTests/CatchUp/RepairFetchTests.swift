import CairnConsensus
import CairnHash
import CairnLedger
import TestSupport
import Testing

/// Single blocks for repairs.
struct RepairFetchTests {
    private let now = Instant(nanoseconds: 1_000_000_000)
    private let chain: SampleChain
    private let nodes: [QuickSigner]
    private var machine: CatchUpMachine

    init() throws {
        var random = SplitMix64(seed: 1)
        self.chain = try SampleChain(blocks: 4, &random)
        self.nodes = try [100, 101].map { try QuickSigner($0) }
        self.machine = CatchUpMachine(chain: self.chain.chain, tip: self.chain.tip)
        for node in self.nodes {
            #expect(self.machine.handle(.linked(node.publicKey), now: self.now).isEmpty)
            #expect(self.machine.handle(.claimed(head: 4, by: node.publicKey), now: self.now).isEmpty)
        }
    }

    /// What comes out, as text.
    private mutating func handle(_ event: CatchUpEvent, at now: Instant? = nil) -> [String] {
        self.machine.handle(event, now: now ?? self.now).map { effect in
            switch effect {
            case .send(.blocksRequest(let range), let node): "ask \(self.number(node)) for \(range)"
            case .candidate(let final, let node):
                "candidate \(final.block.index) of \(self.number(node))"
                    + (final.certificate == nil ? " without certificate" : "")
            case .misbehaved(let node, let error): "\(self.number(node)) lied: \(error)"
            default: "\(effect)"
            }
        }
    }

    private func number(_ node: PublicKey) -> Int { self.nodes.firstIndex { $0.publicKey == node } ?? -1 }

    private mutating func receive(_ message: CatchUpMessage, from node: Int) throws -> [String] {
        let key = self.nodes[node].publicKey
        guard self.machine.wants(message, from: key),
            let checked = try self.machine.check(using: self.nodes[0]).check(message)
        else { return ["unwanted"] }
        return self.handle(.received(checked, from: key))
    }

    private func answer(_ index: BlockIndex) -> CatchUpMessage {
        CatchUpServing.blocks(index...index, through: 4) { self.chain[$0] }
    }

    @Test mutating func aBlockIsAskedForUntilOneIsGood() throws {
        let hash = self.chain[2].block.header.hash
        #expect(self.handle(.repair(2, hash: hash)) == ["ask 0 for 2...2"])
        #expect(try self.receive(self.answer(2), from: 1) == ["unwanted"])
        #expect(try self.receive(self.answer(2), from: 0) == ["candidate 2 of 0"])
        let lie = "0 lied: \(CatchUpError.wrongRecords(2))"
        #expect(self.handle(.judged(2, isGood: false)) == [lie, "ask 1 for 2...2"])
        #expect(try self.receive(self.answer(2), from: 1) == ["candidate 2 of 1"])
        #expect(self.handle(.judged(2, isGood: true)) == [])
        #expect(self.machine.wakeUp == nil)
    }

    @Test mutating func anotherHashIsNoLie() throws {
        #expect(self.handle(.repair(2, hash: .zero)) == ["ask 0 for 2...2"])
        #expect(try self.receive(self.answer(2), from: 0) == ["ask 1 for 2...2"])
        #expect(try self.receive(self.answer(2), from: 1) == [])
        // After a pause, both are asked again.
        let later = try #require(self.machine.wakeUp)
        #expect(self.handle(.timeReached, at: later) == ["ask 0 for 2...2"])
    }

    @Test mutating func withoutAHashTheStoreJudges() throws {
        #expect(self.handle(.repair(3, hash: nil)) == ["ask 0 for 3...3"])
        #expect(try self.receive(self.answer(3), from: 0) == ["candidate 3 of 0"])
    }

    @Test mutating func whoIsSilentLeavesOrHasNothingIsPassedBy() throws {
        #expect(self.handle(.repair(2, hash: nil)) == ["ask 0 for 2...2"])
        let deadline = try #require(self.machine.wakeUp)
        #expect(self.handle(.timeReached, at: deadline) == ["ask 1 for 2...2"])
        #expect(try self.receive(.unavailable(from: 2), from: 1) == [])
        #expect(self.handle(.repairEnded(2)) == [])

        #expect(self.handle(.repair(1, hash: nil)) == ["ask 1 for 1...1"])
        #expect(self.handle(.unlinked(self.nodes[1].publicKey)) == [])
        // Node 0 is left alone for a while.
        var asked: [String] = []
        for _ in 0..<4 where asked.isEmpty {
            let due = try #require(self.machine.wakeUp)
            asked = self.handle(.timeReached, at: due)
        }
        #expect(asked == ["ask 0 for 1...1"])
    }
}
