public import CairnHash

/// Consecutive records in the form that a block stores: for each a 16-bit big-endian length, then its canonical bytes
/// (as in a C2SP tlog-tiles entry bundle).
public struct Entries: Sendable {
    /// The encoding, without gaps.
    public private(set) var bytes: [UInt8]

    /// Where each entry begins in `bytes`.
    private var starts: [UInt32]

    public init() {
        self.bytes = []
        self.starts = []
    }

    public var count: Int { self.starts.count }
    public var isEmpty: Bool { self.starts.isEmpty }

    public mutating func reserveCapacity(records: Int, bytes: Int) {
        self.starts.reserveCapacity(records)
        self.bytes.reserveCapacity(bytes)
    }

    // MARK: Adding

    public mutating func append(_ record: Record) {
        self.starts.append(UInt32(self.bytes.count))
        self.bytes.append(bigEndian: UInt16(record.canonicalBytes.count))
        self.bytes.append(contentsOf: record.canonicalBytes)
    }

    /// Makes a JSON text canonical right behind the last entry. On error nothing was added.
    public mutating func append(json text: RawSpan) throws(RecordError) {
        let start = self.bytes.count
        self.bytes.append(bigEndian: UInt16(0))
        do {
            let size = try Self.canonicalize(text, into: &self.bytes)
            self.bytes[start] = UInt8(size >> 8)
            self.bytes[start + 1] = UInt8(size & 255)
            self.starts.append(UInt32(start))
        } catch {
            self.bytes.removeLast(self.bytes.count - start)
            throw error
        }
    }

    public mutating func append(contentsOf other: Entries) {
        let base = UInt32(self.bytes.count)
        self.bytes.append(contentsOf: other.bytes)
        self.starts.append(contentsOf: other.starts.lazy.map { $0 + base })
    }

    /// Appends the canonical form of `text` and returns its size, which fits 16 bits.
    @discardableResult
    package static func canonicalize(_ text: RawSpan, into bytes: inout [UInt8]) throws(RecordError) -> Int {
        guard text.byteCount <= Limits.recordTextBytesMax else {
            throw .textTooLarge(bytes: text.byteCount, limit: Limits.recordTextBytesMax)
        }
        let start = bytes.count
        do {
            try CanonicalJSON.canonicalize(text, into: &bytes, maxDepth: Limits.nestingMax)
        } catch {
            throw .json(error)
        }
        let size = bytes.count - start
        guard size <= Limits.recordBytesMax else {
            bytes.removeLast(size)
            throw .tooLarge(bytes: size, limit: Limits.recordBytesMax)
        }
        return size
    }

    // MARK: Reading

    /// Takes the encoding apart. Canonical form is not looked at: that is `Block.checkCanonicalForm()`.
    public init(decoding bytes: [UInt8]) throws(BlockDecodingError) {
        var starts: [UInt32] = []
        var place = 0
        while place < bytes.count {
            guard bytes.count - place >= 2 else {
                throw .entryTruncated(entry: starts.count, neededBytes: 2, availableBytes: bytes.count - place)
            }
            let size = Int(bytes[place]) << 8 | Int(bytes[place + 1])
            guard size > 0 else { throw .entryEmpty(entry: starts.count) }
            guard bytes.count - place - 2 >= size else {
                throw .entryTruncated(entry: starts.count, neededBytes: size, availableBytes: bytes.count - place - 2)
            }
            starts.append(UInt32(place))
            place += 2 + size
        }
        self.bytes = bytes
        self.starts = starts
    }

    /// Where the record at `position` (from 0) has its canonical bytes in `bytes`.
    public func range(of position: Int) -> Range<Int> {
        let start = Int(self.starts[position])
        let size = Int(self.bytes[start]) << 8 | Int(self.bytes[start + 1])
        return start + 2..<start + 2 + size
    }

    public subscript(position: Int) -> Record {
        Record(trustedCanonicalBytes: Array(self.bytes[self.range(of: position)]))
    }

    /// The canonical bytes of one record, without a copy.
    public func withRecord<Result>(at position: Int, _ body: (RawSpan) -> Result) -> Result {
        body(self.bytes.span.bytes.extracting(self.range(of: position)))
    }

    /// The place of the first record that is not in canonical form (RFC 8785), nil when all are: a hash can be right over
    /// bytes that no node would take.
    public var firstNotCanonical: Int? {
        let all = self.bytes.span.bytes
        for position in 0..<self.count
        where !CanonicalJSON.isCanonical(all.extracting(self.range(of: position)), maxDepth: Limits.nestingMax) {
            return position
        }
        return nil
    }

    /// The leaf hash of each record, in order.
    public func leafHashes() -> [Digest] {
        [Digest](unsafeUninitializedCapacity: self.count) { hashes, initialized in
            withUnsafeTemporaryAllocation(of: SHA256Batch.Message.self, capacity: self.count) { messages in
                for position in 0..<self.count {
                    let range = self.range(of: position)
                    messages.initializeElement(
                        at: position,
                        to: SHA256Batch.Message(offset: UInt32(range.lowerBound), byteCount: UInt32(range.count)))
                }
                self.bytes.withUnsafeBytes { bytes in
                    SHA256Batch.hashLeaves(
                        UnsafeBufferPointer(messages), in: bytes,
                        into: UnsafeMutableBufferPointer(rebasing: hashes[..<self.count]))
                }
            }
            initialized = self.count
        }
    }
}

extension Entries: Hashable {
    public static func == (left: Entries, right: Entries) -> Bool {
        left.bytes == right.bytes
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.bytes)
    }
}
