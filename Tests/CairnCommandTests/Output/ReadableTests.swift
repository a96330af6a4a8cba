import CairnCommand
import Testing

struct ReadableTests {
    @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] as [(UInt64, String)])
    func counts(number: UInt64, text: String) {
        #expect(Readable.count(number) == text)
    }

    @Test func nouns() {
        #expect(Readable.count(1, "record") == "1 record")
        #expect(Readable.count(0, "record") == "0 records")
    }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (999_960, "1.0 MB"), (85_140_000, "85.1 MB"),
        (2.5e12, "2.5 TB"),
    ])
    func bytes(bytes: Double, text: String) {
        #expect(Readable.bytes(bytes) == text)
    }

    @Test(arguments: [(0, "0:00"), (7.4, "0:07"), (754, "12:34"), (3_723, "1:02:03")])
    func durations(seconds: Double, text: String) {
        #expect(Readable.duration(seconds: seconds) == text)
    }

    @Test(
        "C7: numbers of any size",
        arguments: [Double.infinity, -.infinity, .nan, 0x1p64, 0x1p63, -1, 1e300, .leastNonzeroMagnitude])
    func extremes(number: Double) {
        #expect(!Readable.duration(seconds: number).isEmpty)
        #expect(!Readable.bytes(number).isEmpty)
        #expect(UInt64(clamping: number) <= .max)
        var bar = ProgressBar(label: "x", unit: "records", done: 1, total: .max, bytes: .max)
        #expect(bar.line(seconds: number, columns: 80).count <= 80)
        (bar.total, bar.bytesTotal) = (0, 1)
        #expect(bar.line(seconds: number, columns: 0).isEmpty || !number.isNaN)
    }

    @Test func controlCharactersAreShownNotSent() {
        #expect("a\u{1B}[2J\n\t\u{9B}\u{2028}ü".withoutControlCharacters == #"a\u001b[2J\n\t\u009b\u2028ü"#)
    }
}
