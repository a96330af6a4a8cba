import CairnLedger
import Testing

struct TimestampTests {
    /// Seconds since 1970 as GNU date and Python's datetime count them.
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"),
            (1, "1970-01-01T00:00:00.000001Z"),
            (999_999, "1970-01-01T00:00:00.999999Z"),
            (86_399_999_999, "1970-01-01T23:59:59.999999Z"),
            (86_400_000_000, "1970-01-02T00:00:00.000000Z"),
            (68_169_600_000_000, "1972-02-29T00:00:00.000000Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (951_868_800_000_000, "2000-03-01T00:00:00.000000Z"),
            (978_307_199_000_000, "2000-12-31T23:59:59.000000Z"),
            (1_767_323_045_000_006, "2026-01-02T03:04:05.000006Z"),
            (4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
            (13_574_563_200_000_000, "2400-02-29T00:00:00.000000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
            (253_402_300_800_000_000, "10000-01-01T00:00:00.000000Z"),
        ] as [(UInt64, String)])
    func knownDates(microseconds: UInt64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
    }

    /// Counts day by day through 800 years, by the rule for leap years alone.
    @Test func everyDayOfTwoErasFollowsTheOneBefore() {
        var (year, month, day) = (1_970, 1, 1)
        for days in 0..<UInt64(2 * 146_097) {
            let text = Timestamp(microseconds: days * 86_400_000_000).description
            let expected = Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(day, 2)
            guard text.utf8.starts(with: expected.utf8) else {
                Issue.record("day \(days) is \(text), not \(expected)")
                return
            }
            day += 1
            if day > Self.days(inMonth: month, of: year) {
                day = 1
                month += 1
            }
            if month > 12 {
                month = 1
                year += 1
            }
        }
    }

    @Test func theLastOneHasADate() {
        #expect(Timestamp(microseconds: .max).description.hasSuffix("Z"))
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: width - digits.count) + digits
    }
}
