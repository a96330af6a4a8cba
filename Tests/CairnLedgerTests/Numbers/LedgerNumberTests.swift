import CairnLedger
import Testing

struct LedgerNumberTests {
    @Test func neighbours() {
        #expect(BlockIndex(7).next() == 8)
        #expect(BlockIndex(7).previous() == 6)
        #expect(BlockIndex(0).previous() == nil)
        #expect(RecordNumber(7) + 0 == 7)
        #expect(RecordNumber(7) + 5 == 12)
        #expect(View(3) < View(4))
        #expect("\(Epoch(12))" == "12")
    }

    @Test func aTreeContainsTheNumbersBelowItsSize() {
        #expect(!TreeSize(0).contains(0))
        #expect(TreeSize(3).contains(2))
        #expect(!TreeSize(3).contains(3))
        #expect(TreeSize(3).nextRecord == 3)
    }

    @Test func theLargest() {
        #expect(TreeSize(rawValue: .max).contains(RecordNumber(rawValue: .max - 1)))
        #expect(!TreeSize(rawValue: .max).contains(RecordNumber(rawValue: .max)))
    }
}
