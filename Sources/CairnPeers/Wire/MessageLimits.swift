public import CairnLedger

/// How large a message between nodes may be. Nothing larger is sent, and a link that brings something larger ends.
public enum MessageLimits {
    /// What stands in a message besides the content of its parts, for each part: tags and lengths.
    public static let partOverheadBytes = 32

    /// A whole message. Several blocks, with their certificates, go into one as long as they fit; the largest block
    /// does, with a certificate of all members.
    public static let bytesMax = 8 << 20

    /// Blocks, headers or submissions in one message: a part can be as short as two bytes, but takes far more in
    /// memory.
    public static let partsMax = 8_192

    /// Fields of one message at every depth: four a part, in a list of headers.
    package static let fieldsMax = 4 * partsMax + 64

    /// What is decoded where it is read, on the event loop that decides: below a third of a millisecond. Larger messages are
    /// decoded on other threads.
    package static let hereBytesMax = 64 << 10
    package static let hereFieldsMax = 256

    /// What is left of `bytesMax` for parts.
    public static let partBytesMax = bytesMax - 1_024

    /// What a final block takes of a message's `partBytesMax`.
    public static func byteCount(of block: FinalBlock) -> Int {
        block.block.encodedByteCount + (block.certificate?.encodedByteCount ?? 0) + self.partOverheadBytes
    }

    /// What a submission takes of a message's `partBytesMax`.
    public static func byteCount(of submission: Submission) -> Int {
        submission.entries.bytes.count + SubmissionID.byteCount + self.partOverheadBytes
    }

    /// The first messages of a link are small: greetings, and a few addresses.
    package static let helloBytesMax = 4 << 10

    /// A whole message that holds nothing but this field of the envelope, by the field's number; nil for one that isn't known.
    /// It is known from a message's first byte or two: nobody waits for 8 MB of a vote.
    static func bytesMax(ofField number: UInt64) -> Int? {
        switch number {
        case 1: self.helloBytesMax
        case 2: self.addressRecordsMax * self.addressRecordBytesMax
        // Numbers, hashes and one signed vote.
        case 3, 5, 9, 10, 12, 14, 16, 18, 20, 22, 24: 256
        case 4, 11: self.blockBytesMax + 256
        case 6: Certificate.byteCount(votes: Limits.membersMax) + 64
        case 8: MemberChange.encodedBytesMax + 64
        case 19: Limits.noteBytesMax + 256
        case 7, 13, 15, 17, 21, 23: self.bytesMax
        default: nil
        }
    }

    /// Header, the annex's length, annex and entries.
    static let blockBytesMax = BlockHeader.byteCount + 4 + Limits.blockBytesMax

    /// Address records in one message.
    static let addressRecordsMax = 64
    /// Addresses in one record, and bytes of each: a DNS name has at most 253.
    static let addressesMax = 4
    static let addressBytesMax = 264
    /// A record: key, number, texts, signature and an observed host of at most 253 bytes, with tags and lengths.
    static let addressRecordBytesMax = 34 + 11 + addressesMax * (addressBytesMax + 3) + 66 + 256 + 8
    /// A program's name and version.
    static let agentBytesMax = 64
}
