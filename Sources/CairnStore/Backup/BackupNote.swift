public import CairnHash
public import CairnLedger

/// How far a backup reaches. It is the last thing that is written: a folder without it holds no backup.
///
/// `backup.json` is one JSON object and a newline:
///
///     {"blocks":3,"chain":"e649…","format":"cairn/backup/1","head":"af05…","name":"example.org/stones","records":6,
///     "root":"8a4f…","timestamp":"2026-01-02T03:04:06.500006Z"}
///
/// Behind those blocks there may be more, which a later backup was writing when it was interrupted: they don't count.
public struct BackupNote: Hashable, Sendable {
    package static let path = "backup.json"
    private static let newPath = "backup.json.new"
    private static let format = "cairn/backup/1"
    private static let byteCountMax = 16 << 10

    /// The ledger's identity.
    public var chain: Digest
    /// The ledger's name.
    public var name: String
    public var blocks: UInt64
    /// Hash of the last block.
    public var head: Digest
    public var size: TreeSize
    public var root: Digest
    /// Of the last block, RFC 3339.
    public var timestamp: String

    public init(_ head: LedgerHead, chain: Digest, name: String) {
        self.chain = chain
        self.name = name
        self.blocks = head.blocks
        self.head = head.hash
        self.size = head.treeSize
        self.root = head.header.treeRoot
        self.timestamp = head.header.timestamp.description
    }

    // MARK: The file

    package var bytes: [UInt8] {
        let object: JSONObject = [
            "blocks": JSONNumber(self.blocks).map(JSONValue.number) ?? .null,
            "chain": .string(self.chain.description),
            "format": .string(Self.format),
            "head": .string(self.head.description),
            "name": .string(self.name),
            "records": JSONNumber(self.size.rawValue).map(JSONValue.number) ?? .null,
            "root": .string(self.root.description),
            "timestamp": .string(self.timestamp),
        ]
        var bytes: [UInt8] = []
        JSONValue.object(object).encode(into: &bytes)
        return bytes + [UInt8(ascii: "\n")]
    }

    /// Nil unless the bytes are what `bytes` makes, with any white space.
    package init?(decoding bytes: [UInt8]) {
        var canonical: [UInt8] = []
        guard (try? CanonicalJSON.canonicalize(bytes.span.bytes, into: &canonical)) != nil,
            let object = (try? JSONValue(canonical: canonical.span.bytes))?.object,
            object["format"]?.string == Self.format, let name = object["name"]?.string,
            let timestamp = object["timestamp"]?.string, let blocks = object["blocks"]?.uint64, blocks > 0,
            let records = object["records"]?.uint64
        else { return nil }
        func digest(_ name: String) -> Digest? { object[name]?.string.flatMap { Digest(hex: $0) } }
        guard let chain = digest("chain"), let head = digest("head"), let root = digest("root") else { return nil }
        self.chain = chain
        self.name = name
        self.blocks = blocks
        self.head = head
        self.size = TreeSize(rawValue: records)
        self.root = root
        self.timestamp = timestamp
    }

    /// Nil when there is none.
    package static func read(on disk: any Disk) throws(StoreError) -> BackupNote? {
        let bytes: [UInt8]
        do throws(DiskError) {
            bytes = try disk.open(Self.path, .read).bytes(at: 0, count: Self.byteCountMax)
        } catch {
            guard case .notFound = error.reason else { throw StoreError(error) }
            return nil
        }
        guard let note = BackupNote(decoding: bytes) else {
            throw .corrupt(
                Corruption(file: Self.path, block: nil, reason: "it doesn't say how far the backup reaches"))
        }
        return note
    }

    /// Puts it there at once or not at all, durably.
    package func write(on disk: any Disk) throws(StoreError) {
        try onDisk { () throws(DiskError) in
            let file = try disk.open(Self.newPath, .create)
            try file.truncate(to: 0)
            try file.write(self.bytes.span.bytes, at: 0)
            try file.sync()
            try disk.rename(Self.newPath, to: Self.path)
            try disk.syncFolder("")
        }
    }
}
