public import CairnHash

/// What a block's hash is over: the link to the block before, and a checkpoint of the whole ledger.
///
/// 176 bytes, integers big-endian:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | magic `CRN1` |
/// | 4 | 8 | index |
/// | 12 | 8 | timestamp, microseconds since 1970-01-01T00:00:00Z |
/// | 20 | 32 | previous hash (zero in the genesis block) |
/// | 52 | 8 | tree size: records in the ledger up to and including this block |
/// | 60 | 32 | tree root |
/// | 92 | 32 | annex hash: SHA-256 of the annex bytes, zero when there is none |
/// | 124 | 32 | proposer: Ed25519 public key |
/// | 156 | 8 | epoch |
/// | 164 | 4 | target bits of the proof of work (0 elsewhere) |
/// | 168 | 8 | nonce (0 elsewhere) |
public struct BlockHeader: Hashable, Sendable {
    public static let byteCount = 176
    private static let magic: UInt32 = 0x4352_4E31  // CRN1

    public var index: BlockIndex
    public var timestamp: Timestamp
    public var previousHash: Digest
    public var treeSize: TreeSize
    public var treeRoot: Digest
    public var annexHash: Digest
    public var proposer: PublicKey
    public var epoch: Epoch
    public var targetBits: UInt32
    public var nonce: UInt64

    public init(
        index: BlockIndex, timestamp: Timestamp, previousHash: Digest, treeSize: TreeSize, treeRoot: Digest,
        annexHash: Digest, proposer: PublicKey, epoch: Epoch, targetBits: UInt32 = 0, nonce: UInt64 = 0
    ) {
        self.index = index
        self.timestamp = timestamp
        self.previousHash = previousHash
        self.treeSize = treeSize
        self.treeRoot = treeRoot
        self.annexHash = annexHash
        self.proposer = proposer
        self.epoch = epoch
        self.targetBits = targetBits
        self.nonce = nonce
    }

    /// SHA-256 of the 176 bytes.
    public var hash: Digest {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        self.encode(into: &bytes)
        return Digest(hashing: bytes)
    }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: Self.magic)
        bytes.append(bigEndian: self.index.rawValue)
        bytes.append(bigEndian: self.timestamp.microseconds)
        bytes.append(self.previousHash)
        bytes.append(bigEndian: self.treeSize.rawValue)
        bytes.append(self.treeRoot)
        bytes.append(self.annexHash)
        bytes.append(contentsOf: self.proposer.bytes)
        bytes.append(bigEndian: self.epoch.rawValue)
        bytes.append(bigEndian: self.targetBits)
        bytes.append(bigEndian: self.nonce)
    }

    /// Reads the first 176 bytes of `bytes`.
    public init(decoding bytes: RawSpan) throws(BlockDecodingError) {
        guard bytes.byteCount >= Self.byteCount else {
            throw .truncated(neededBytes: Self.byteCount, availableBytes: bytes.byteCount)
        }
        let magic = bytes.integer(at: 0, as: UInt32.self)
        guard magic == Self.magic else { throw .wrongMagic(magic) }
        self.index = BlockIndex(rawValue: bytes.integer(at: 4, as: UInt64.self))
        self.timestamp = Timestamp(microseconds: bytes.integer(at: 12, as: UInt64.self))
        self.previousHash = bytes.digest(at: 20)
        self.treeSize = TreeSize(rawValue: bytes.integer(at: 52, as: UInt64.self))
        self.treeRoot = bytes.digest(at: 60)
        self.annexHash = bytes.digest(at: 92)
        self.proposer = PublicKey(bytes.digest(at: 124))
        self.epoch = Epoch(rawValue: bytes.integer(at: 156, as: UInt64.self))
        self.targetBits = bytes.integer(at: 164, as: UInt32.self)
        self.nonce = bytes.integer(at: 168, as: UInt64.self)
    }
}
