import CairnLedger
import Testing

struct LimitsTests {
    @Test func limitsFitTogether() {
        // A tlog-tiles entry has a 16-bit length.
        #expect(Limits.recordBytesMax == Int(UInt16.max))
        // Any record fits a submission, and any submission a block.
        #expect(Limits.recordBytesMax + 2 <= Submission.entryBytesMax)
        #expect(Submission.entryBytesMax + 256 + SubmissionList.encodedBytesPerItemMax <= Limits.blockBytesMax)
        // Six bytes of text can stand for one.
        #expect(Limits.recordTextBytesMax >= 6 * Limits.recordBytesMax)
        // Certificates number members with 16 bits; sums of powers fit 64.
        #expect(Limits.membersMax <= Int(UInt16.max) + 1)
        #expect(!UInt64(Limits.membersMax).multipliedReportingOverflow(by: 2 * Limits.powerMax).overflow)
        // The genesis block's numbers are JSON numbers.
        #expect(Limits.powerMax <= 1 << 53)
        #expect(Limits.submissionWindowDefault >= UInt64(Limits.blockRecordsMax))
    }
}
