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
}
