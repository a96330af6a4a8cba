public import CairnHash

/// One JSON value that a client submitted, kept as its canonical bytes (RFC 8785).
public struct Record: Hashable, Sendable {
    /// RFC 8785 bytes, 1 to `Limits.recordBytesMax` of them.
    public let canonicalBytes: [UInt8]

    /// Takes any JSON text of one value and makes it canonical.
    ///
    /// - Throws: `RecordError` when the text is no JSON that can be kept exactly, or is too large.
    public init(json text: RawSpan) throws(RecordError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.byteCount)
        try Entries.canonicalize(text, into: &bytes)
        self.canonicalBytes = bytes
    }

    /// Takes any JSON text of one value and makes it canonical.
    public init(json text: String) throws(RecordError) {
        try self.init(json: Array(text.utf8).span.bytes)
    }

    package init(trustedCanonicalBytes bytes: [UInt8]) {
        self.canonicalBytes = bytes
    }

    /// Takes bytes from a ledger's own store, which were canonical when they went in: whoever reads them back checks
    /// their hash.
    public init(storedBytes bytes: [UInt8]) {
        self.init(trustedCanonicalBytes: bytes)
    }

    /// The hash of this record's leaf in the Merkle tree: SHA-256(0x00 ‖ canonical bytes).
    public var leafHash: Digest {
        Digest(hashingLeaf: self.canonicalBytes.span.bytes)
    }

    /// The canonical JSON text.
    public var text: String {
        String(decoding: self.canonicalBytes, as: UTF8.self)
    }
}

/// Why a text can't be a record.
public enum RecordError: Error, Hashable, Sendable {
    case json(CanonicalJSONError)
    /// The canonical form is longer than a record can be.
    case tooLarge(bytes: Int, limit: Int)
    /// The text is so long that it isn't worth reading: longer than any spelling of a record needs to be.
    case textTooLarge(bytes: Int, limit: Int)
}

extension RecordError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .json(let error):
            "\(error)"
        case .tooLarge(let bytes, let limit):
            "the record has \(bytes) bytes in canonical form; at most \(limit) are possible"
        case .textTooLarge(let bytes, let limit):
            "the record's text has \(bytes) bytes; at most \(limit) are read"
        }
    }
}
