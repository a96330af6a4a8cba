internal import CairnHash

/// What makes a checkpoint final by the ledger's own rule, for the `extra` line of a proof: a block header that commits to
/// the checkpoint's size and root, and the block's certificate. A trust policy counts heads; where members have
/// different powers, this is what counts power.
///
/// Encoding: header (176) ‖ certificate, which takes the rest.
public struct NativeEvidence: Hashable, Sendable {
    public var header: BlockHeader
    public var certificate: Certificate

    public init(header: BlockHeader, certificate: Certificate) {
        self.header = header
        self.certificate = certificate
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        self.header.encode(into: &bytes)
        self.certificate.encode(into: &bytes)
        return bytes
    }

    public init(decoding bytes: RawSpan) throws(NativeEvidenceError) {
        guard bytes.byteCount > BlockHeader.byteCount else { throw .tooShort(bytes: bytes.byteCount) }
        do throws(BlockDecodingError) {
            self.header = try BlockHeader(decoding: bytes)
        } catch {
            throw .header(error)
        }
        do throws(CertificateError) {
            self.certificate = try Certificate(
                decoding: bytes.extracting(BlockHeader.byteCount..<bytes.byteCount))
        } catch {
            throw .certificate(error)
        }
    }

    /// Checks that a quorum of the members' power made final what the checkpoint says.
    ///
    /// - Parameter own: what holds in the header's epoch.
    public func verify(_ checkpoint: Checkpoint, of own: EpochMembers) throws(NativeEvidenceError) {
        guard self.header.treeSize == checkpoint.size, self.header.treeRoot == checkpoint.root else {
            throw .otherCheckpoint
        }
        do throws(CertificateError) {
            try own.verify(self.certificate, of: self.header, hash: self.header.hash)
        } catch {
            throw .certificate(error)
        }
    }
}

public enum NativeEvidenceError: Error, Hashable, Sendable {
    case tooShort(bytes: Int)
    case header(BlockDecodingError)
    case certificate(CertificateError)
    /// The header commits to another size or root than the checkpoint.
    case otherCheckpoint
}

extension NativeEvidenceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooShort(let bytes): "a block header and a certificate don't fit \(bytes) bytes"
        case .header(let error): "\(error)"
        case .certificate(let error): "\(error)"
        case .otherCheckpoint: "the block commits to another tree than the checkpoint"
        }
    }
}
