import CairnServer
import CairnStore
import NIOCore
import NIOEmbedded
import Testing

struct ValidationEventsTests {
    private let loop = EmbeddedEventLoop()
    private let events = ValidationEvents()

    private func progress(_ bytes: UInt64, at elapsed: Duration) -> ValidationProgress {
        var progress = ValidationProgress()
        progress.bytes = bytes
        progress.bytesTotal = 100
        progress.elapsed = elapsed
        return progress
    }

    private func next() throws -> String? {
        try self.events.next(on: self.loop).wait().map { String(buffer: $0) }
    }

    @Test func tellsTheNewestAndTheResult() throws {
        self.events.report(self.progress(10, at: .seconds(1)))
        self.events.report(self.progress(20, at: .milliseconds(1_100)))
        self.events.report(self.progress(30, at: .milliseconds(1_200)))
        let first = try #require(try self.next())
        #expect(first.hasPrefix("event: progress\ndata: {") && first.hasSuffix("}\n\n"))
        #expect(first.contains("\"bytes\":30,\"bytes_total\":100,\"elapsed_time\":1.2,"))
        #expect(first.contains("\"remaining_time\":2.8}"))

        let waiting = self.events.next(on: self.loop)
        var result = JSONWriter(capacity: 16)
        result.object { $0.field("valid", true) }
        self.events.end(result)
        #expect(try waiting.wait().map { String(buffer: $0) } == "event: result\ndata: {\"valid\":true}\n\n")
        #expect(try self.next() == nil)
    }

    @Test func endsWithoutAResult() throws {
        let waiting = self.events.next(on: self.loop)
        self.events.breakOff()
        #expect(try waiting.wait() == nil)
    }
}
