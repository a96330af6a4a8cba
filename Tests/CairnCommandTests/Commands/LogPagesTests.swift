import CairnCommand
import CairnLedger
import Testing

struct LogPagesTests {
    private func pages(head: UInt64, limit: UInt64?, reverse: Bool = false) -> [ClosedRange<UInt64>] {
        Log.pages(head: BlockIndex(head), limit: limit, reverse: reverse)
            .map { $0.lowerBound.rawValue...$0.upperBound.rawValue }
    }

    @Test func newestFirst() {
        #expect(self.pages(head: 0, limit: nil) == [0...0])
        #expect(self.pages(head: 99, limit: nil) == [0...99])
        #expect(self.pages(head: 250, limit: nil) == [151...250, 51...150, 0...50])
        #expect(self.pages(head: 250, limit: 120) == [151...250, 131...150])
        #expect(self.pages(head: 3, limit: 10) == [0...3])
        #expect(self.pages(head: 3, limit: 0) == [])
    }

    @Test(
        "C10: pages of a chain of any length are made as they are asked for",
        arguments: [UInt64(1) << 53 - 1, UInt64.max - 1, UInt64.max])
    func claimedLength(head: UInt64) {
        let first = Log.pages(head: BlockIndex(head), limit: nil, reverse: false).prefix(2).map(\.upperBound.rawValue)
        #expect(first.first.map { $0 >= head - 1 } == true && first.count == 2)
        let oldest = Log.pages(head: BlockIndex(head), limit: nil, reverse: true).prefix(2).map(\.lowerBound.rawValue)
        #expect(Array(oldest) == [0, 100])
    }

    @Test func oldestFirst() {
        #expect(self.pages(head: 250, limit: nil, reverse: true) == [0...99, 100...199, 200...250])
        #expect(self.pages(head: 250, limit: 1, reverse: true) == [0...0])
    }

    @Test func pagerOnlyOnATerminal() {
        #expect(Pager.command(environment: ["PAGER": "more"], isTerminal: true) == "more")
        #expect(Pager.command(environment: [:], isTerminal: true) == "less -FRX")
        #expect(Pager.command(environment: ["PAGER": "more"], isTerminal: false) == nil)
    }
}
