import CairnCommand
import Dispatch
import Synchronization
import Testing

/// Somebody who reads the log, or doesn't.
private final class Reader: Sendable {
    let lines = Mutex([String]())
    let isGone = Mutex(false)
    private let gate = DispatchSemaphore(value: 0)
    private let isBlocked = Mutex(false)

    func stopReading() { self.isBlocked.withLock { $0 = true } }

    func readOn() {
        self.isBlocked.withLock { $0 = false }
        self.gate.signal()
    }

    func take(_ line: String) -> Bool {
        if self.isBlocked.withLock({ $0 }) { self.gate.wait() }
        guard !self.isGone.withLock({ $0 }) else { return false }
        self.lines.withLock { $0.append(line) }
        return true
    }
}

struct LogQueueTests {
    private let reader = Reader()
    private let queue: LogQueue

    init() {
        let reader = self.reader
        self.queue = LogQueue(format: .text) { reader.take($0) }
    }

    @Test("lines come out in order, and are there after a flush")
    func order() {
        let lines = (0..<1_000).map { "line \($0)\n" }
        for line in lines { self.queue.add(line) }
        #expect(self.queue.flush(within: .seconds(60)))
        #expect(self.reader.lines.withLock { $0 } == lines)
    }

    @Test("D7: who logs doesn't wait for who doesn't read, and is told how much was left out")
    func blocked() throws {
        self.reader.stopReading()
        let line = String(repeating: "x", count: 1_023) + "\n"
        for _ in 0..<3_000 { self.queue.add(line) }
        #expect(!self.queue.flush(within: .milliseconds(20)))
        self.reader.readOn()
        #expect(self.queue.flush(within: .seconds(60)))
        let lines = self.reader.lines.withLock { $0 }
        #expect(lines.count == LogQueue.bytesMax / 1_024 + 1)
        #expect(try #require(lines.last).hasSuffix("lines=\(3_000 - LogQueue.bytesMax / 1_024)\n"))
        #expect(try #require(lines.last).contains("log lines were left out"))
        // It goes on as before.
        self.queue.add("more\n")
        #expect(self.queue.flush(within: .seconds(60)))
        #expect(self.reader.lines.withLock { $0.last } == "more\n")
    }

    @Test("D7: a reader that went away is not waited for, and one that comes learns what it missed")
    func gone() {
        self.reader.isGone.withLock { $0 = true }
        for _ in 0..<5 { self.queue.add("lost\n") }
        #expect(self.queue.flush(within: .seconds(60)))
        self.reader.isGone.withLock { $0 = false }
        self.queue.add("here\n")
        #expect(self.queue.flush(within: .seconds(60)))
        let lines = self.reader.lines.withLock { $0 }
        #expect(lines.count == 2 && lines[0] == "here\n" && lines[1].hasSuffix("lines=5\n"))
    }
}
