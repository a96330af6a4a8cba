public import CairnHash

/// That a record is in a log, checkable without asking anybody (C2SP tlog-proof, section "Format"):
///
///     c2sp.org/tlog-proof@v1
///     extra <base64>                  left out when there is none
///     index <number>
///     <base64 of a hash>              the inclusion path, leaf's end first
///     <empty line>
///     <the checkpoint, with its signatures>
public struct TLogProof: Hashable, Sendable {
    static let firstLine = "c2sp.org/tlog-proof@v1"

    /// Not signed by anybody: whoever uses it checks it by itself. See `NativeEvidence`.
    public var extra: [UInt8]
    public var index: RecordNumber
    public var path: [Digest]
    public var checkpoint: SignedCheckpoint

    public init(extra: [UInt8] = [], index: RecordNumber, path: [Digest], checkpoint: SignedCheckpoint) {
        self.extra = extra
        self.index = index
        self.path = path
        self.checkpoint = checkpoint
    }

    public var bytes: [UInt8] {
        var text = Array((Self.firstLine + "\n").utf8)
        if !self.extra.isEmpty { text += Array("extra \(Base64.encode(self.extra))\n".utf8) }
        text += Array("index \(self.index)\n".utf8)
        return text + MerklePathText.lines(self.path) + [UInt8(ascii: "\n")] + self.checkpoint.bytes
    }

    /// Reads a proof that takes exactly all of `bytes`.
    public init(parsing bytes: some Collection<UInt8>) throws(TLogProofError) {
        var lines = NoteLines(bytes)
        guard lines.byteCount <= Self.byteCountMax else {
            throw .tooLarge(bytes: lines.byteCount, limit: Self.byteCountMax)
        }
        guard lines.next().map({ $0.elementsEqual(Self.firstLine.utf8) }) == true else { throw .notAProof }
        guard var line = lines.next() else { throw .cutShort }

        self.extra = []
        if let text = line.value(of: "extra") {
            let decoded = Base64.decode(String(decoding: text, as: UTF8.self))
            guard let decoded, !decoded.isEmpty, decoded.count <= Limits.proofExtraBytesMax else { throw .badExtra }
            self.extra = decoded
            guard let next = lines.next() else { throw .cutShort }
            line = next
        }
        guard let text = line.value(of: "index") else { throw .noIndex }
        guard let index = Decimal.parse(text) else { throw .badIndex }
        self.index = RecordNumber(rawValue: index)

        do throws(MerklePathError) {
            self.path = try MerklePathText.read(&lines)
        } catch {
            throw .path(error)
        }
        do throws(CheckpointError) {
            self.checkpoint = try SignedCheckpoint(parsing: lines.rest)
        } catch {
            throw .checkpoint(error)
        }
    }

    /// A note, the path, and extra data in base64.
    private static let byteCountMax = Limits.noteBytesMax + 64 * 45 + Limits.proofExtraBytesMax * 4 / 3 + 256

    // MARK: Checking

    /// Whose signatures a proof that holds has.
    public struct Findings: Hashable, Sendable {
        public var checkpoint: Checkpoint
        public var trust: TrustPolicy.Findings
    }

    /// Checks that the record with this leaf hash is in a log that the policy trusts (tlog-proof, section "Verifying a
    /// tlog proof").
    public func verify(leafHash: Digest, policy: TrustPolicy) throws(TLogProofError) -> Findings {
        let checkpoint = self.checkpoint.checkpoint
        let trust: TrustPolicy.Findings
        do throws(PolicyViolation) {
            trust = try policy.verify(self.checkpoint)
        } catch {
            throw .notTrusted(error)
        }
        guard checkpoint.size.contains(self.index) else {
            throw .indexOutsideTree(index: self.index, size: checkpoint.size)
        }
        guard
            MerkleProof.verifyInclusion(
                of: leafHash, at: self.index, in: checkpoint.size, path: self.path, root: checkpoint.root)
        else { throw .notIncluded(leafHash: leafHash, index: self.index) }
        return Findings(checkpoint: checkpoint, trust: trust)
    }
}

/// Why bytes are no proof, or don't prove what they should.
public enum TLogProofError: Error, Hashable, Sendable {
    case tooLarge(bytes: Int, limit: Int)
    case notAProof
    case cutShort
    case badExtra
    case noIndex
    case badIndex
    case path(MerklePathError)
    case checkpoint(CheckpointError)
    case notTrusted(PolicyViolation)
    case indexOutsideTree(index: RecordNumber, size: TreeSize)
    /// The path doesn't lead from this record to the checkpoint's root.
    case notIncluded(leafHash: Digest, index: RecordNumber)
}

extension TLogProofError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge(let bytes, let limit): "the proof has \(bytes) bytes; at most \(limit) are read"
        case .notAProof: "the proof does not begin with the line \(TLogProof.firstLine)"
        case .cutShort: "the proof is cut short"
        case .badExtra: "the proof's extra line is not base64 of 1 to \(Limits.proofExtraBytesMax) bytes"
        case .noIndex: "the proof has no index line where it belongs"
        case .badIndex: "the proof's index is no number without leading zeros"
        case .path(let error): "the proof's path: \(error)"
        case .checkpoint(let error): "\(error)"
        case .notTrusted(let violation): "\(violation)"
        case .indexOutsideTree(let index, let size):
            "the proof is for record \(index), and the checkpoint's tree holds \(size) records"
        case .notIncluded(let leafHash, let index):
            "the proof does not lead from this record (leaf hash \(leafHash)) at number \(index) to the checkpoint's root"
        }
    }
}
