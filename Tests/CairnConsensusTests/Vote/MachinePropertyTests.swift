import CairnConsensus
import CairnHash
import CairnLedger
import TestSupport
import Testing

struct MachinePropertyTests {
    /// One step of a random history.
    private enum Step {
        case submit([MachineModel.Item])
        case stored
        case noSpace
    }

    private struct History {
        var random: SplitMix64
        var ticket: UInt64 = 0

        mutating func next(isStoring: Bool) -> Step {
            if isStoring, Int.random(in: 0..<3, using: &self.random) == 0 {
                return Int.random(in: 0..<8, using: &self.random) == 0 ? .noSpace : .stored
            }
            return .submit((0..<Int.random(in: 0...3, using: &self.random)).map { _ in self.item() })
        }

        private mutating func item() -> MachineModel.Item {
            self.ticket += 1
            // Few ids and few texts, so that they meet.
            let id = Bool.random(using: &self.random) ? String(Int.random(in: 0..<12, using: &self.random)) : nil
            let count = Int.random(in: 1...3, using: &self.random)
            let texts = (0..<count).map { _ in String(Int.random(in: 0..<2, using: &self.random)) }
            return MachineModel.Item(id: id, texts: texts, tickets: [self.ticket])
        }
    }

    private func event(_ step: Step, _ machine: QuickMachine) throws -> VoteEvent {
        switch step {
        case .stored: .appended(through: machine.chain.head.index.next())
        case .noSpace: .noSpace
        case .submit(let items):
            .submitted(
                try items.map { (try Samples.submission($0.id, $0.texts), Ticket(rawValue: $0.tickets[0])) })
        }
    }

    @Test(arguments: UInt64(1)...20)
    func agreesWithTheModel(seed: UInt64) throws {
        var history = History(random: SplitMix64(seed: seed))
        var machine = try Samples.machine(window: 15, records: 12)
        var model = MachineModel(window: 15, capacity: 12)
        var checker = machine.chain
        var proposed: (block: Block, leafHashes: [Digest])?
        for number in 0..<400 {
            let step = history.next(isStoring: !model.storing.isEmpty)
            let expected =
                switch step {
                case .submit(let items): model.submit(items)
                case .stored: model.stored()
                case .noSpace: model.noSpace()
                }
            let effects = machine.handle(try self.event(step, machine), now: Samples.now)
            #expect(effects.map(summary) == expected, "seed \(seed), step \(number)")

            // Somebody who checks blocks takes each that is stored, and comes to the same state.
            if case .stored = step, let block = proposed {
                try checker.apply(block.block, leafHashes: block.leafHashes)
            }
            for (place, effect) in effects.enumerated() {
                guard case .append(let final, let leafHashes) = effect else { continue }
                #expect(place == effects.count - 1)
                proposed = (final.block, leafHashes)
            }
            #expect(machine.chain.headHash == checker.headHash)
            #expect(machine.chain.window.count == checker.window.count)
        }
        #expect(machine.chain.head.treeSize == TreeSize(model.size))
        #expect(model.blocks > 30)
    }

    @Test func theSameEventsHaveTheSameEffects() throws {
        func run() throws -> Digest {
            var history = History(random: SplitMix64(seed: 99))
            var machine = try Samples.machine(window: 15, records: 12)
            var log = SHA256Stream()
            var isStoring = false
            for _ in 0..<500 {
                let step = history.next(isStoring: isStoring)
                if case .submit = step {} else { isStoring = false }
                for effect in machine.handle(try self.event(step, machine), now: Samples.now) {
                    log.update(Array(summary(effect).utf8).span.bytes)
                    guard case .append(let final, _) = effect else { continue }
                    isStoring = true
                    var bytes: [UInt8] = []
                    final.block.encode(into: &bytes)
                    final.certificate?.encode(into: &bytes)
                    log.update(bytes.span.bytes)
                }
            }
            return log.finalize()
        }
        #expect(try run() == run())
    }
}
