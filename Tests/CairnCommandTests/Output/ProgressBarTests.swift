import CairnCommand
import Testing

struct ProgressBarTests {
    private let bar = ProgressBar(
        label: "verify", unit: "blocks", done: 12_345, total: 27_000, bytes: 500_000_000, bytesTotal: 1_000_000_000)

    @Test func showsEverythingWhereThereIsRoom() {
        #expect(
            self.bar.line(seconds: 10, columns: 120)
                == "verify  50% [####################--------------------]  12,345 blocks  1,234 blocks/s  50.0 MB/s  ETA 0:10"
        )
    }

    @Test(arguments: [0, 1, 5, 20, 40, 60, 79, 80, 100, 200])
    func neverIsWiderThanTheTerminal(columns: Int) {
        #expect(self.bar.line(seconds: 10, columns: columns).count <= columns)
    }

    @Test func leavesTheBarOutWhereItIsNarrow() {
        #expect(
            self.bar.line(seconds: 10, columns: 70) == "verify  50%  12,345 blocks  1,234 blocks/s  50.0 MB/s  ETA 0:10"
        )
    }

    @Test func withoutATotalThereIsNoBarAndNoEnd() {
        let bar = ProgressBar(label: "append", unit: "records", done: 10, bytes: 2_000)
        #expect(bar.line(seconds: 2, columns: 80) == "append  10 records  5 records/s  1.0 kB/s")
    }

    @Test func countsUnitsWhereBytesAreUnknown() {
        let bar = ProgressBar(label: "export", unit: "records", done: 1, total: 4)
        #expect(bar.fraction == 0.25)
    }

    @Test func atTheBeginningThereAreNoRates() {
        let bar = ProgressBar(label: "check", unit: "records", total: 4)
        #expect(bar.line(seconds: 0, columns: 60) == "check   0% [------------------------------------]  0 records")
    }

    @Test func neverPassesTheEnd() {
        let bar = ProgressBar(label: "x", unit: "y", done: 9, total: 4)
        #expect(bar.fraction == 1)
    }
}
