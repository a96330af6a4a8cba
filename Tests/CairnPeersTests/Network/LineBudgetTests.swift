import CairnConsensus
import CairnPeers
import Testing

struct LineBudgetTests {
    @Test("C12: a few lines of each kind a minute, and one that counts the rest")
    func strangersAreCounted() throws {
        var lines = LineBudget(linesOfKind: 2)
        func at(_ seconds: Double) -> Instant { Samples.moment(seconds).instant }
        var told = 0
        for knock in 0..<781 where lines.take("silent", now: at(Double(knock) / 100)) { told += 1 }
        #expect(told == 2)
        #expect(lines.take("not the protocol", now: at(8)) == true)
        #expect(lines.takeSummary(now: at(59)) == nil)
        for _ in 0..<3 { _ = lines.take("not the protocol", now: at(59)) }
        let taken = lines.takeSummary(now: at(60))
        let summary = try #require(taken)
        #expect(summary.count == 781)
        #expect(summary.text == "779 × silent, 2 × not the protocol")
        // From the beginning again; nothing is told of a minute in which nothing was left.
        #expect(lines.takeSummary(now: at(500)) == nil)
        #expect(lines.take("silent", now: at(500)) == true)
        #expect(lines.takeSummary(now: at(561)) == nil)
    }
}
