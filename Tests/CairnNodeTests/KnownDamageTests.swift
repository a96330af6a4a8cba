import CairnLedger
import CairnNode
import CairnStore
import Testing

/// What is found while something else is put right, or couldn't be, is not forgotten.
struct KnownDamageTests {
    /// Damage in files of ten blocks, and calls to it that `#expect` can take.
    private final class Fixture {
        var known = KnownDamage()

        var shown: BlockIndex? { self.known.shown?.corruption.block }

        func add(_ block: UInt64) -> Bool {
            let corruption = Corruption(file: "blocks", block: BlockIndex(rawValue: block), reason: "it is bad")
            return self.known.add(
                corruption, in: BlockIndex(rawValue: block), ofFileFrom: BlockIndex(rawValue: block / 10 * 10),
                at: Timestamp(microseconds: block))
        }

        func next() -> BlockIndex? { self.known.next()?.corruption.block }

        func failed() -> Bool { self.known.failed("nobody has it") }
    }

    @Test func eachIsTurnedToOnce() {
        let test = Fixture()
        for block: UInt64 in [1, 11, 21] { #expect(test.add(block)) }
        // Some that wait already, and one in the file of another.
        for block: UInt64 in [11, 1, 5] { #expect(!test.add(block)) }
        for block: BlockIndex in [1, 11, 21] {
            #expect(test.next() == block)
            #expect(test.shown == block)
            // It was seen before it was put right.
            #expect(!test.add(block.rawValue))
            test.known.healed()
        }
        #expect(test.next() == nil)
        #expect(test.known.isEmpty)
        // It is bad once more.
        #expect(test.add(11))
    }

    @Test func whatCantBePutRightIsKept() {
        let test = Fixture()
        for block: UInt64 in [1, 11, 21] { #expect(test.add(block)) }
        #expect(test.next() == 1)
        #expect(test.failed())
        #expect(test.next() == 11)
        test.known.healed()
        #expect(test.next() == 21)
        #expect(test.failed())
        // Nothing is tried again before it is time.
        #expect(test.next() == nil)
        #expect(!test.add(1))
        #expect(test.known.hasUnhealed && test.shown == 1)
        // What is found meanwhile is turned to at once.
        #expect(test.add(31))
        #expect(test.next() == 31)
        test.known.healed()
        test.known.tryAgain()
        #expect(test.next() == 1)
        // That is said already.
        #expect(test.known.shown?.obstacle == "nobody has it")
        #expect(!test.failed())
        #expect(test.next() == 21)
        test.known.healed()
        #expect(test.known.hasUnhealed && test.shown == 1)
        test.known.tryAgain()
        #expect(test.next() == 1)
        test.known.healed()
        #expect(test.known.isEmpty)
    }

    @Test func whatWasFoundToBeGoodIsForgotten() {
        let test = Fixture()
        for block: UInt64 in [1, 11, 21] {
            #expect(test.add(block))
            #expect(test.next() == BlockIndex(rawValue: block))
            #expect(test.failed())
        }
        test.known.foundGood(from: 2, to: 11)
        #expect(test.shown == 1)
        test.known.foundGood(from: 0, to: 20)
        #expect(test.shown == 21)
        test.known.foundGood(from: 21, to: nil)
        #expect(test.known.isEmpty && !test.known.hasUnhealed)
    }

    @Test func allThatWasReportedOfAFileHasToBeGood() {
        let test = Fixture()
        #expect(test.add(1))
        #expect(!test.add(5))
        #expect(test.next() == 1)
        #expect(!test.add(8))
        #expect(test.failed())
        for last: BlockIndex in [1, 5, 7] {
            test.known.foundGood(from: 1, to: last)
            #expect(test.shown == 1)
        }
        test.known.foundGood(from: 1, to: 8)
        #expect(test.known.isEmpty)
    }

    /// Others come, and what can't be put right is tried again: what wasn't tried yet still comes first.
    @Test func nothingWaitsBehindWhatCantBePutRight() {
        let test = Fixture()
        for block: UInt64 in [1, 11, 21] { #expect(test.add(block)) }
        for block: BlockIndex in [1, 11, 21, 1, 11] {
            #expect(test.next() == block)
            _ = test.failed()
            test.known.tryAgain()
        }
    }
}
