import CairnCommand
import CairnLedger
import CairnLock
import Logging
import Testing

struct LogLineTests {
    private func line(_ message: String, _ metadata: Logger.Metadata = [:]) -> LogLine {
        LogLine(
            time: Timestamp(microseconds: 1_795_253_400_123_999), level: .info, message: message, metadata: metadata)
    }

    @Test func text() {
        #expect(
            self.line("listening", ["port": "5000", "host": "127.0.0.1"]).text(.text)
                == "2026-11-21T09:30:00.123Z info listening host=127.0.0.1 port=5000")
    }

    @Test func textQuotesWhatWouldBeTakenApart() {
        #expect(
            self.line("m", ["a": "two words", "b": "", "c": #"say "hi""#, "d": "x=y"]).text(.text)
                == #"2026-11-21T09:30:00.123Z info m a="two words" b="" c="say \"hi\"" d="x=y""#)
    }

    @Test func noValueMakesASecondLine() {
        let line = self.line("first\nsecond", ["evil": "a\r\nb\u{1B}[0m\u{85}"])
        #expect(line.text(.text) == #"2026-11-21T09:30:00.123Z info first\nsecond evil="a\r\nb\u001b[0m\u0085""#)
        #expect(!line.text(.json).contains { $0.isNewline })
    }

    @Test func json() {
        #expect(
            self.line("listening", ["port": "5000", "level": "forged"]).text(.json)
                == #"{"level":"info","message":"listening","port":"5000","time":"2026-11-21T09:30:00.123Z"}"#)
    }

    @Test func handlerMergesAndFilters() {
        let written = WrittenLines()
        var logger = Logger(label: "test") { _ in
            LineLogHandler(format: .json, level: .warning) { written.append($0) }
        }
        logger[metadataKey: "node"] = "a"
        logger.info("not this")
        logger.error("this", metadata: ["node": "b", "list": ["x", "y"]])
        #expect(written.lines.count == 1)
        #expect(written.lines.first?.contains(#""list":"[\"x\", \"y\"]","message":"this","node":"b""#) == true)
        #expect(written.lines.first?.hasSuffix("}\n") == true)
    }
}

private final class WrittenLines: Sendable {
    private let storage = Lock<[String]>([])
    var lines: [String] { self.storage.withLock { $0 } }
    func append(_ line: String) { self.storage.withLock { $0.append(line) } }
}
