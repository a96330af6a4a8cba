/// Every limit of the formats, in one place. Limits of a running node (queues, time-outs) stand with what they bound.
public enum Limits {
    /// The canonical bytes of a record: a tlog-tiles entry bundle gives each entry a 16-bit length.
    public static let recordBytesMax = 65_535

    /// Records in a block.
    public static let blockRecordsMax = 8_192

    /// Annex and entries of a block, in bytes: any one record with its length always fits.
    public static let blockBytesMax = 4 << 20

    /// Arrays and objects nested in one another. Deep enough for any record that a person reads, and far from
    /// what a thread's stack holds.
    public static let nestingMax = 128

    /// The text that a client sends for one record, before it is made canonical: room for generous white space and
    /// for escapes, which are at most 6 bytes for one.
    public static let recordTextBytesMax = 8 * recordBytesMax

    /// How many of the newest records are remembered by submission id, unless the genesis block says otherwise.
    public static let submissionWindowDefault: UInt64 = 1 << 20

    /// A ledger's name and its genesis message, in UTF-8 bytes.
    public static let nameBytesMax = 255

    /// The largest voting power of one member; sums stay far inside 64 bits.
    public static let powerMax: UInt64 = 1 << 32

    /// Members of one epoch: as many as a certificate's 16-bit member numbers can name, kept sensible.
    public static let membersMax = 1_024

    /// A signed note, in bytes, and its signatures: what Go's `sumdb/note` reads, so that nobody else's tool is asked for
    /// more than it takes. A note of a whole ledger is far smaller.
    public static let noteBytesMax = 1_000_000
    public static let noteSignaturesMax = 100

    /// The extra data of a proof file, before base64: a header with a certificate of `membersMax` votes fits.
    public static let proofExtraBytesMax = 128 << 10

    /// A trust policy: its text in bytes, and the lines of each kind (tlog-policy asks for 32 at least).
    public static let policyBytesMax = 1 << 20
    public static let policyLinesMax = 4_096
}
