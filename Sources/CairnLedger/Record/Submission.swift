public import CairnHash

/// The name of one submission: the same id is written at most once within the ledger's window.
public struct SubmissionID: Hashable, Sendable {
    public static let byteCount = 16

    private let high: UInt64
    private let low: UInt64

    /// The id of what a client calls `key`: the first 16 bytes of SHA-256 over the client's identity (its length as
    /// 32 bits first, so that no two pairs look alike) and the key.
    public init(client: [UInt8], idempotencyKey key: [UInt8]) {
        var message: [UInt8] = []
        message.append(bigEndian: UInt32(client.count))
        message.append(contentsOf: client)
        message.append(contentsOf: key)
        self.init(Digest(hashing: message))
    }

    /// The id of a submission whose client gave none: the first 16 bytes of SHA-256 over a node's secret seed and a number
    /// that it never uses twice with that seed.
    public init(seed: [UInt8], number: UInt64) {
        var message = seed
        message.append(bigEndian: number)
        self.init(Digest(hashing: message))
    }

    /// The first bytes of a hash.
    private init(_ digest: Digest) {
        let words = digest.withUnsafeBytes { bytes in
            (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        self.high = UInt64(bigEndian: words.0)
        self.low = UInt64(bigEndian: words.1)
    }

    /// The 16 bytes from `offset` on. They must be inside.
    package init(loading bytes: RawSpan, at offset: Int) {
        self.high = bytes.integer(at: offset, as: UInt64.self)
        self.low = bytes.integer(at: offset + 8, as: UInt64.self)
    }

    /// An id that was written down, or sent. Nil unless there are exactly 16 bytes.
    public init?(storedBytes bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(loading: bytes.span.bytes, at: 0)
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        self.encode(into: &bytes)
        return bytes
    }

    package func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: self.high)
        bytes.append(bigEndian: self.low)
    }
}

/// Who handed a submission in, as far as fairness goes: clients take turns. What the number stands for is the node's
/// business (an account, an address).
public struct ClientID: Hashable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Whoever comes from this network address.
    public init(address: String) {
        let digest = Digest(hashing: Array(address.utf8))
        self.rawValue = digest.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// What a client hands in at once: records that go into one block together and in order, or not at all.
public struct Submission: Hashable, Sendable {
    /// Nil when the client gave none.
    public let id: SubmissionID?
    public let entries: Entries
    /// One a record, in order: made here, so that it is not done where blocks are made.
    public let leafHashes: [Digest]

    /// - Throws: `SubmissionError` when there is nothing in it or it can't fit one block.
    public init(id: SubmissionID? = nil, entries: Entries) throws(SubmissionError) {
        guard !entries.isEmpty else { throw .empty }
        guard entries.count <= Limits.blockRecordsMax else {
            throw .tooManyRecords(count: entries.count, limit: Limits.blockRecordsMax)
        }
        guard entries.bytes.count <= Self.entryBytesMax else {
            throw .tooLarge(bytes: entries.bytes.count, limit: Self.entryBytesMax)
        }
        self.id = id
        self.entries = entries
        self.leafHashes = entries.leafHashes()
    }

    private init(id: SubmissionID, entries: Entries, leafHashes: [Digest]) {
        self.id = id
        self.entries = entries
        self.leafHashes = leafHashes
    }

    /// The same records under an id.
    public func named(_ id: SubmissionID) -> Submission {
        Submission(id: id, entries: self.entries, leafHashes: self.leafHashes)
    }

    /// What one submission's entries may take of a block, so that the annex that names it fits too.
    public static let entryBytesMax = Limits.blockBytesMax - 1_024
}

/// Why records can't be submitted together.
public enum SubmissionError: Error, Hashable, Sendable {
    case empty
    case tooManyRecords(count: Int, limit: Int)
    case tooLarge(bytes: Int, limit: Int)
}

extension SubmissionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty:
            "there is no record in it"
        case .tooManyRecords(let count, let limit):
            "it holds \(count) records; at most \(limit) fit one block"
        case .tooLarge(let bytes, let limit):
            "its records take \(bytes) bytes; at most \(limit) fit one block"
        }
    }
}
