import CairnLedger
import CairnNode
import CairnStore
import Testing

/// The background check of a node's own ledger. Time is an argument: nothing here waits.
struct ScrubTests {
    private let memory = MemoryDisk()

    private func node() throws -> Node {
        try TestNode.create(on: self.memory)
        return try TestNode.open(on: self.memory)
    }

    private func scrubber(of node: Node, bytesPerSecond: UInt64 = 1 << 20) -> Scrubber {
        Scrubber(store: node.store, pace: ScrubPace(bytesPerSecond: bytesPerSecond), logger: TestNode.logger)
    }

    @Test func paces() {
        let pace = ScrubPace(bytesPerSecond: 1_000)
        #expect(pace.pause(after: 4_000, elapsed: .zero) == .seconds(4))
        #expect(pace.pause(after: 4_000, elapsed: .seconds(3)) == .seconds(1))
        #expect(pace.pause(after: 4_000, elapsed: .seconds(5)) == .zero)
        #expect(pace.rest(afterPassOf: .seconds(600)) == .seconds(3_000))
        #expect(pace.rest(afterPassOf: .seconds(7_200)) == .zero)
        #expect(ScrubPace(bytesPerSecond: 0).pause(after: 1, elapsed: .zero) == .seconds(1))
    }

    @Test func waitsAsLongAsItsRateDemands() async throws {
        let node = try self.node()
        let text = "\"" + String(repeating: "x", count: 60_000) + "\""
        for _ in 0..<3 { _ = try await node.submit(Array(repeating: text, count: 60)) }
        var waited = Duration.zero
        var shares: [Double] = []
        let scrubber = self.scrubber(of: node, bytesPerSecond: 1_000)
        _ = scrubber.pass(
            pause: {
                waited += $0
                shares.append(scrubber.status.progress)
            },
            now: { Timestamp(microseconds: 7) })
        // 8 MB at 1 kB a second. Nobody waits here, so that each pause makes up for all before.
        #expect(waited > .seconds(4_000))
        #expect(shares.isEmpty == false && shares == shares.sorted())
        #expect(shares.allSatisfy { $0 > 0 && $0 <= 1 })
        #expect(scrubber.status.lastPassFinishedAt == Timestamp(microseconds: 7))
        #expect(scrubber.status.progress == 0)
        #expect(scrubber.status.corruption == nil)
        await node.shutdown()
    }

    @Test func findsDamageAndNoticesWhenItIsGone() async throws {
        let node = try self.node()
        for number in 0..<4 { _ = try await node.submit(["{\"n\":\(number)}"]) }
        let scrubber = self.scrubber(of: node)
        let path = try #require(self.memory.paths.first { $0.hasSuffix(".log") })
        let good = self.memory.contents(of: path) ?? []
        _ = scrubber.pass(pause: { _ in }, now: { Timestamp(microseconds: 1) })
        #expect(scrubber.status.corruption == nil)

        let block = try node.tamper()
        _ = scrubber.pass(pause: { _ in }, now: { Timestamp(microseconds: 2) })
        #expect(scrubber.status.corruption?.block == block)
        #expect(scrubber.status.lastPassFinishedAt == Timestamp(microseconds: 2))

        self.memory.setContents(of: path, to: good)
        _ = scrubber.pass(pause: { _ in }, now: { Timestamp(microseconds: 3) })
        #expect(scrubber.status.corruption == nil)
        await node.shutdown()
    }

    @Test func aDamagedLedgerIsNotReadyAndTakesRecordsAllTheSame() async throws {
        try TestNode.create(on: self.memory)
        let node = try TestNode.open(on: self.memory) { $0.scrubBytesPerSecond = 1 << 20 }
        _ = try await node.submit(["1", "2"])
        #expect(node.status.scrub?.bytesPerSecond == 1 << 20)
        #expect(node.status.notReady == nil)
        _ = try node.tamper()
        _ = node.scrubber?.pass(pause: { _ in }, now: { Timestamp(microseconds: 2) })
        #expect(node.status.notReady?.hasPrefix("the ledger is damaged: block 1 (blocks/") == true)
        _ = try await node.submit(["3"])
        // Stopping doesn't wait for the pause that the thread is in.
        await node.shutdown()
    }

    /// The signal to stop wakes one pause; the one behind it must not begin.
    @Test(.timeLimit(.minutes(10)))
    func noPauseOutlivesTheNode() async throws {
        let node = try self.node()
        let scrubber = self.scrubber(of: node)
        scrubber.askToStop()
        for _ in 0..<3 { scrubber.pause(.seconds(86_400)) }
        await node.shutdown()
    }

    @Test func aNodeThatIsNotAskedToDoesNot() async throws {
        let node = try self.node()
        #expect(node.status.scrub == nil)
        await node.shutdown()
    }
}
