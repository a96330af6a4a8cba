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
    static let helloBytesMax = 4 << 10

    /// Address records in one message.
    static let addressRecordsMax = 64
    /// Addresses in one record, and bytes of each: a DNS name has at most 253.
    static let addressesMax = 4
    static let addressBytesMax = 264
    /// A program's name and version.
    static let agentBytesMax = 64
}
