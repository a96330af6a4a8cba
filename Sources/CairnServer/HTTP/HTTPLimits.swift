internal import CairnLedger
internal import NIOCore

/// What one client, and all clients together, can make the server hold or wait for: every limit and why it is so.
package enum HTTPLimits {
    // MARK: Sizes

    /// All headers of a request. A browser with its cookies for `localhost` sends some kilobytes.
    package static let headerBytesMax = 32 << 10
    /// One header or the request target: the longest path of ours is below 200 bytes, so this is for cookies.
    package static let headerFieldBytesMax = 16 << 10
    /// Headers of a request; a browser sends about 20.
    static let headerCountMax = 100

    /// The text of one record.
    package static let recordBodyBytesMax = Limits.recordTextBytesMax
    /// An NDJSON batch: each text may be as much longer than its canonical form as that of one record
    /// (`Limits.recordTextBytesMax`), and what is canonical must fit one block of 4 MiB; so 32 MiB.
    package static let batchBodyBytesMax = Limits.recordTextBytesMax / Limits.recordBytesMax * Limits.blockBytesMax
    /// A `{"data": …}` around a record's text, as two of the faces have it.
    static let wrappedRecordBodyBytesMax = recordBodyBytesMax + 1_024
    /// A body where none is expected: read over and forgotten.
    package static let unwantedBodyBytesMax = 64 << 10

    /// Bodies of all connections together, as far as they have come in: four full batches, or 16,384 bodies of 8 KiB.
    package static let heldBodyBytesMax = 4 * batchBodyBytesMax

    /// Texts up to this size are made canonical on the event loop (about 1 ms), larger ones beside it.
    static let bodyOnLoopBytesMax = 256 << 10

    /// What a log submits to a witness: a proof of 63 lines, and a note of 16 signatures (as many as every verifier
    /// has to take) of 5 kB each, in base64.
    static let submissionBytesMax = 128 << 10

    // MARK: Answers

    /// Records in a JSON page, when the client doesn't say, and at most.
    package static let pageRecordsDefault = 100
    package static let pageRecordsMax = 1_000
    /// Blocks in a JSON page; each is read whole, up to 4 MiB.
    package static let pageBlocksDefault = 20
    package static let pageBlocksMax = 100
    /// A page ends early when it has grown past this, whatever its limit.
    static let pageBytesMax = 4 << 20
    /// Streamed answers go out in pieces of about this size: large enough for few switches between threads.
    package static let chunkBytes = 64 << 10
    /// Unsent bytes of a connection at which a stream pauses, and at which it goes on.
    package static let unsentBytesHigh = 256 << 10
    package static let unsentBytesLow = 64 << 10

    // MARK: Numbers

    /// Open connections. Each costs about 10 KiB, so 40 MiB; far below the usual limit of open files when raised.
    package static let connectionsMax = 4_096
    /// A draft of a change: its members, and a key with each signature (`{"key":<64 digits>,"signature":<128>}`, 218).
    static let changeBodyBytesMax = MemberChange.encodedBytesMax + Limits.membersMax * 256
    /// The body of `POST /v1/peers`.
    static let peerBodyBytesMax = 1_024

    // MARK: Times

    /// How long a read waits for the record that it names: less than clients and proxies commonly wait for an answer.
    static let freshnessWaitMax = Duration.seconds(10)
    /// How long a read waits for the repair of the block that it came upon: a healthy cluster takes a tenth of a second, and
    /// two seconds more when the link ends over which the block was asked for.
    static let repairWaitMax = Duration.seconds(4)
    /// How long a change of members may take to become final before its caller is told that it isn't yet.
    static let changeWaitMax = TimeAmount.seconds(30)

    // MARK: Threads

    /// Threads that wait for the disk.
    static let readerThreads = 4
    /// Validations that wait for the one at work.
    package static let waitingValidationsMax = 4
}

/// How long a connection may take. All are checked with a clock that tests can set.
package struct HTTPTimeouts: Sendable {
    /// The first request's head, from the connection's beginning.
    package var headSeconds: Int64 = 10
    /// A whole body: 32 MiB at 0.5 MiB a second, and whoever sends a byte a second is cut off.
    package var bodySeconds: Int64 = 60
    /// Between two requests.
    package var idleSeconds: Int64 = 60
    /// Without a byte of an answer taken by the client.
    package var stallSeconds: Int64 = 30
    /// For an answer to begin when the client has closed its side of the connection: until something is sent, one that waits
    /// looks like one that is gone. Twice as long as an append waits for the members.
    package var halfClosedSeconds: Int64 = 60
    /// For a client to take an error that came before its body was read, before the connection is closed.
    package var lingerSeconds: Int64 = 2
    /// For requests in flight when the server stops: half of the 10 s that service managers commonly give a process.
    var drainSeconds: Int64 = 5

    package init() {}
}
