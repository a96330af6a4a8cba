public import CairnHash

/// Where a ledger begins whose history isn't there: all that the rules of the next block depend on, in place of the blocks
/// before it. The next block's certificate vouches for it, through the hash of the block before.
///
/// Encoding, integers big-endian:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | magic `CRNB` |
/// | 4 | 4 | version, 1 |
/// | 8 | 4 | CRC-32C of all that follows |
/// | 12 | 4 | number of submissions |
/// | 16 | 176 | header of the last block before |
/// | 192 | 32 each | edge of the tree at that block, level after level |
/// | … | 28 each | submissions in the window, oldest first: id (16), first record (8), records (4) |
/// | … | … | member history up to the next block's epoch |
public struct ChainBase: Sendable {
    private static let magic: UInt32 = 0x4352_4E42  // CRNB
    package static let magicBytes = Array("CRNB".utf8)
    private static let version: UInt32 = 1
    private static let submissionByteCount = 28
    private static let edgeStart = 16 + BlockHeader.byteCount

    /// Up to the epoch of the next block.
    public let history: MemberHistory
    /// The last block before.
    public let last: BlockHeader
    /// At the last block before.
    public let edge: TreeEdge
    /// Those that are remembered after the last block before, oldest first, no id twice. Which of them are so is a matter of
    /// its epoch's settings, and of the next epoch's when the block ended its own: both show in the history.
    public let submissions: [(SubmissionID, SubmissionWindow.Place)]

    public init(
        history: MemberHistory, last: BlockHeader, edge: TreeEdge,
        submissions: [(SubmissionID, SubmissionWindow.Place)]
    ) {
        self.history = history
        self.last = last
        self.edge = edge
        self.submissions = submissions
    }

    /// The first block that is there.
    public var firstBlock: BlockIndex { self.last.index.next() }
    /// The first record that is there.
    public var firstRecord: RecordNumber { self.last.treeSize.nextRecord }

    /// The chain's state behind the last block before.
    ///
    /// About 0.1 ms for each signature in the history of members.
    ///
    /// - Parameter chain: the hash of the genesis block, which the caller trusts.
    /// - Throws: when the parts contradict each other. Whether a quorum agreed on them only the next block's certificate says.
    public func state(
        chain: Digest, using verifier: some SignatureVerifier = Ed25519Verifier()
    ) throws(ChainBaseError) -> ChainState {
        let next = try Self.members(self.history, chain: chain, using: verifier)
        guard next.epoch != self.last.epoch else { return try self.state(of: next, change: nil) }
        // The last block before was its epoch's last.
        guard let end = self.history.ends.last, end.header == self.last, let change = try? end.change() else {
            throw .wrongEpoch(expected: next.epoch, found: self.last.epoch)
        }
        let own = try Self.members(self.history.withoutLastEnd, chain: chain, using: verifier)
        return try self.state(of: own, change: change)
    }

    private static func members(
        _ history: MemberHistory, chain: Digest, using verifier: some SignatureVerifier
    ) throws(ChainBaseError) -> EpochMembers {
        do throws(MemberHistoryError) {
            return try history.verify(chain: chain, using: verifier)
        } catch {
            throw .history(error)
        }
    }

    private func state(of own: EpochMembers, change: MemberChange?) throws(ChainBaseError) -> ChainState {
        do throws(BlockError) {
            return try ChainState(
                genesis: self.history.genesis, head: self.last, frontier: self.edge.frontier,
                window: SubmissionWindow(of: own, submissions: self.submissions), of: own, change: change)
        } catch {
            throw .block(error)
        }
    }

    // MARK: Encoding

    public func encoded() -> [UInt8] {
        var content: [UInt8] = []
        content.append(bigEndian: UInt32(self.submissions.count))
        self.last.encode(into: &content)
        for level in self.edge.hashes {
            for hash in level { content.append(hash) }
        }
        for (id, place) in self.submissions {
            id.encode(into: &content)
            content.append(bigEndian: place.firstRecord.rawValue)
            content.append(bigEndian: UInt32(place.count))
        }
        self.history.encode(into: &content)
        var bytes: [UInt8] = []
        bytes.append(bigEndian: Self.magic)
        bytes.append(bigEndian: Self.version)
        bytes.append(bigEndian: CRC32C.checksum(content.span.bytes))
        return bytes + content
    }

    /// Reads what takes exactly all of `bytes`. Its form is checked, its content is not: `state` does that.
    public init(decoding bytes: RawSpan) throws(ChainBaseError) {
        guard bytes.byteCount >= Self.edgeStart else { throw .truncated }
        guard bytes.integer(at: 0, as: UInt32.self) == Self.magic, bytes.integer(at: 4, as: UInt32.self) == Self.version
        else { throw .wrongMagic }
        guard CRC32C.checksum(bytes.extracting(12..<bytes.byteCount)) == bytes.integer(at: 8, as: UInt32.self) else {
            throw .wrongChecksum
        }
        do throws(BlockDecodingError) {
            self.last = try BlockHeader(decoding: bytes.extracting(16..<Self.edgeStart))
        } catch {
            throw .header(error)
        }
        let hashCount = TreeEdge.hashCount(size: self.last.treeSize)
        let count = Int(bytes.integer(at: 12, as: UInt32.self))
        let submissionsStart = Self.edgeStart + hashCount * Digest.byteCount
        let historyStart = submissionsStart + count * Self.submissionByteCount
        guard bytes.byteCount >= historyStart else { throw .truncated }
        let hashes = (0..<hashCount).map { bytes.digest(at: Self.edgeStart + $0 * Digest.byteCount) }
        guard let edge = TreeEdge(size: self.last.treeSize, hashes: hashes) else {
            preconditionFailure("there are as many as the size says")
        }
        self.edge = edge
        do throws(MemberHistoryError) {
            self.history = try MemberHistory(decoding: bytes.extracting(historyStart..<bytes.byteCount))
        } catch {
            throw .history(error)
        }
        var submissions: [(SubmissionID, SubmissionWindow.Place)] = []
        submissions.reserveCapacity(count)
        for number in 0..<count {
            let start = submissionsStart + number * Self.submissionByteCount
            let id = SubmissionID(loading: bytes, at: start)
            let first = bytes.integer(at: start + 16, as: UInt64.self)
            let records = bytes.integer(at: start + 24, as: UInt32.self)
            guard first <= self.last.treeSize.rawValue, UInt64(records) <= self.last.treeSize.rawValue - first else {
                throw .submissionOutside
            }
            submissions.append(
                (id, SubmissionWindow.Place(firstRecord: RecordNumber(rawValue: first), count: Int(records))))
        }
        self.submissions = submissions
    }
}

/// Why a ledger can't begin where it is to begin.
public enum ChainBaseError: Error, Hashable, Sendable {
    case truncated
    case wrongMagic
    case wrongChecksum
    case header(BlockDecodingError)
    case history(MemberHistoryError)
    case submissionOutside
    case wrongEpoch(expected: Epoch, found: Epoch)
    case block(BlockError)
}

extension ChainBaseError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated: "it ends too early"
        case .wrongMagic: "it is none, or of a version that this program doesn't know"
        case .wrongChecksum: "its bytes are not what was written"
        case .header(let error): "\(error)"
        case .history(let error): "\(error)"
        case .submissionOutside: "a submission in its window is of records that the ledger doesn't have"
        case .wrongEpoch(let expected, let found):
            "its last block is of epoch \(found), and its members lead to epoch \(expected)"
        case .block(let error): "\(error)"
        }
    }
}

extension MemberHistory {
    /// Up to one epoch before.
    fileprivate var withoutLastEnd: MemberHistory {
        MemberHistory(genesis: self.genesis, ends: self.ends.dropLast())
    }
}
