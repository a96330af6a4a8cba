import CairnConsensus
import CairnHash
import CairnLedger
import Testing

/// Blocks of the machine stay inside the limits, however much waits.
struct BlockLimitTests {
    /// Stores all that waits behind `effects`; the blocks, in order, each checked.
    private func blocks(
        _ machine: inout QuickMachine, _ effects: [VoteEffect]
    ) throws -> [Block] {
        var checker = machine.chain
        var blocks: [Block] = []
        var effects = effects
        while case .append(let final, let leafHashes) = effects.last {
            try checker.apply(final.block, leafHashes: leafHashes)
            blocks.append(final.block)
            effects = machine.handle(.appended(through: final.block.index), now: Samples.now)
        }
        return blocks
    }

    @Test func records() throws {
        var machine = try Samples.machine(records: 1_000_000)
        let half = try Samples.submission(nil, (0..<Limits.blockRecordsMax / 2).map { String($0) })
        let one = try Samples.submission(nil, "1")
        let effects = machine.handle(
            .submitted([half, half, one, half, half].map { ($0, Ticket(rawValue: 0)) }), now: Samples.now)
        let counts = try self.blocks(&machine, effects).map(\.entries.count)
        #expect(counts == [8_192, 4_097, 4_096])
    }

    @Test func oneRecordASubmissionWithIDs() throws {
        var machine = try Samples.machine(window: 1 << 20, records: 1_000_000)
        // The annex grows with each id; every other one has a span of its own.
        var submissions: [(Submission, Ticket)] = []
        let text = "\"" + String(repeating: "x", count: 900) + "\""
        for number in 0..<UInt64(7_000) {
            let texts = number.isMultiple(of: 2) ? [text] : [text, "1"]
            submissions.append((try Samples.submission("\(number)", texts), Ticket(rawValue: number)))
        }
        let effects = machine.handle(.submitted(submissions), now: Samples.now)
        let blocks = try self.blocks(&machine, effects)
        let sizes = blocks.map { $0.annexBytes.count + $0.entries.bytes.count }
        #expect(sizes.allSatisfy { $0 <= Limits.blockBytesMax })
        #expect(blocks.map(\.entries.count).reduce(0, +) == 10_500)
        // Full, but for what an id may take at most.
        #expect(sizes[0] > Limits.blockBytesMax * 9 / 10)
    }

    @Test func bytes() throws {
        var machine = try Samples.machine(records: 1_000_000, bytes: 1 << 30)
        let texts = (0..<60).map { _ in "\"" + String(repeating: "x", count: 65_000) + "\"" }
        let large = try Samples.submission("large", texts)
        let other = try Samples.submission("other", texts)
        let small = try Samples.submission(nil, "1")
        let effects = machine.handle(
            .submitted([large, small, other, small].map { ($0, Ticket(rawValue: 0)) }), now: Samples.now)
        let blocks = try self.blocks(&machine, effects)
        #expect(blocks.map(\.entries.count) == [61, 61])
        #expect(blocks.allSatisfy { $0.annexBytes.count + $0.entries.bytes.count <= Limits.blockBytesMax })
    }

    @Test func theLargestSubmissionFitsABlock() throws {
        var entries = Entries()
        let large = try Record(json: "\"" + String(repeating: "x", count: 65_000) + "\"")
        while entries.bytes.count + 2 + large.canonicalBytes.count <= Submission.entryBytesMax {
            entries.append(large)
        }
        let rest = Submission.entryBytesMax - entries.bytes.count - 4
        entries.append(try Record(json: "\"" + String(repeating: "x", count: rest) + "\""))
        #expect(entries.bytes.count == Submission.entryBytesMax)
        // Whatever the queue's capacity is.
        var machine = try Samples.machine(records: 1, bytes: 1)
        let submission = try Submission(id: Samples.id("a"), entries: entries)
        let effects = machine.handle(.submitted([(submission, Ticket(rawValue: 1))]), now: Samples.now)
        #expect(try self.blocks(&machine, effects).count == 1)
    }
}
