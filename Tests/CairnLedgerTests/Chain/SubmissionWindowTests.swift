import CairnLedger
import TestSupport
import Testing

struct SubmissionWindowTests {
    private func list(_ items: [(UInt64, Range<Int>)]) -> SubmissionList {
        SubmissionList(items.map { .init(id: Samples.id($0), offsets: $1) })
    }

    @Test func aSubmissionLeavesWhenAsManyRecordsFollowItsLast() {
        var window = SubmissionWindow(capacity: 10)
        window.insert(self.list([(1, 0..<2), (2, 2..<3)]), blockFirstRecord: 0, treeSize: 3)
        #expect(window[Samples.id(1)] == .init(firstRecord: 0, count: 2))
        #expect(window[Samples.id(2)] == .init(firstRecord: 2, count: 1))
        #expect(window[Samples.id(3)] == nil)
        window.insert(nil, blockFirstRecord: 3, treeSize: 11)
        #expect(window.count == 2)
        window.insert(nil, blockFirstRecord: 11, treeSize: 12)
        #expect(window[Samples.id(1)] == nil)
        #expect(window[Samples.id(2)] != nil)
        window.insert(self.list([(3, 0..<1)]), blockFirstRecord: 12, treeSize: 13)
        #expect(window[Samples.id(2)] == nil)
        #expect(window.count == 1)
    }

    @Test func aBlockLargerThanTheWindowKeepsItsEnd() {
        var window = SubmissionWindow(capacity: 1)
        window.insert(self.list([(1, 0..<1), (2, 1..<2), (3, 2..<3)]), blockFirstRecord: 0, treeSize: 3)
        #expect(window.count == 1)
        #expect(window[Samples.id(3)] != nil)
    }

    @Test func repetitionsAreFound() {
        var window = SubmissionWindow(capacity: 10)
        window.insert(self.list([(1, 0..<1)]), blockFirstRecord: 0, treeSize: 1)
        #expect(window.firstRepeated(in: nil, blockFirstRecord: 1) == nil)
        #expect(window.firstRepeated(in: self.list([(2, 0..<1)]), blockFirstRecord: 1) == nil)
        #expect(window.firstRepeated(in: self.list([(1, 0..<1)]), blockFirstRecord: 10) == Samples.id(1))
        #expect(window.firstRepeated(in: self.list([(1, 0..<1)]), blockFirstRecord: 11) == nil)
        #expect(
            window.firstRepeated(in: self.list([(2, 0..<1), (3, 1..<2), (2, 2..<3)]), blockFirstRecord: 1)
                == Samples.id(2))
    }

    /// Blocks without a list may be left out when a window is filled again.
    @Test func anIdMayComeBackBehindBlocksThatWereLeftOut() {
        var window = SubmissionWindow(capacity: 100)
        window.insert(self.list([(1, 0..<1)]), blockFirstRecord: 0, treeSize: 50)
        window.insert(self.list([(1, 0..<1)]), blockFirstRecord: 110, treeSize: 111)
        #expect(window[Samples.id(1)] == .init(firstRecord: 110, count: 1))
        #expect(window.count == 1)
    }

    /// However long it runs, it agrees with a search through all that was ever inserted.
    @Test func agreesWithASimpleModel() {
        var random = SplitMix64(seed: 9)
        var window = SubmissionWindow(capacity: 500)
        var all: [(id: UInt64, end: UInt64)] = []
        var size: UInt64 = 0
        for block in 0..<3_000 {
            let count = Int.random(in: 1...6, using: &random)
            let first = RecordNumber(rawValue: size)
            size += UInt64(count)
            var items: [(UInt64, Range<Int>)] = []
            for offset in 0..<count where Bool.random(using: &random) {
                items.append((UInt64(all.count), offset..<offset + 1))
                all.append((UInt64(all.count), first.rawValue + UInt64(offset) + 1))
            }
            window.insert(
                items.isEmpty ? nil : self.list(items), blockFirstRecord: first, treeSize: TreeSize(rawValue: size))
            guard block.isMultiple(of: 100) || block > 2_990 else { continue }
            let inside = all.filter { $0.end + 500 > size }
            #expect(window.count == inside.count)
            #expect(inside.allSatisfy { window[Samples.id($0.id)] != nil })
        }
        // Long enough that the memory of what left was given back.
        #expect(all.count > 4_096 + 500)
    }

    @Test func whereRefillingBegins() {
        let window = SubmissionWindow(capacity: 10)
        #expect(window.firstRecord(at: 0) == 0)
        #expect(window.firstRecord(at: 10) == 0)
        #expect(window.firstRecord(at: 25) == 15)
    }
}
