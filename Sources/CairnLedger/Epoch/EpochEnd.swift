public import CairnHash

/// The last block of an epoch, without its records: the certificate vouches for the header, and the header for the
/// annex, which holds the change of members.
public struct EpochEnd: Hashable, Sendable {
    public var header: BlockHeader
    public var annexBytes: [UInt8]
    public var certificate: Certificate

    public init(header: BlockHeader, annexBytes: [UInt8], certificate: Certificate) {
        self.header = header
        self.annexBytes = annexBytes
        self.certificate = certificate
    }

    /// What the annex changes, when it is the one that the header names.
    public func change() throws(EpochEndError) -> MemberChange {
        let found = Digest(hashing: self.annexBytes)
        guard self.header.annexHash == found else {
            throw .wrongAnnexHash(expected: self.header.annexHash, found: found)
        }
        let annex = try self.annex()
        guard let change = annex.change else { throw .noChange }
        // Recovery keys change members, and write nothing.
        guard !change.isRecovery || annex.submissions == nil else { throw .recoveryWithSubmissions }
        return change
    }

    private func annex() throws(EpochEndError) -> Annex {
        do throws(AnnexError) {
            return try Annex(decoding: self.annexBytes.span.bytes)
        } catch {
            throw .annex(error)
        }
    }
}

/// Why a block is not the last of an epoch.
public enum EpochEndError: Error, Hashable, Sendable {
    case otherEpoch(expected: Epoch, found: Epoch)
    case wrongAnnexHash(expected: Digest, found: Digest)
    case annex(AnnexError)
    case noChange
    case certificate(CertificateError)
    case change(MemberChangeError)
    /// Submissions in a block of recovery keys.
    case recoveryWithSubmissions
    /// Members end an epoch in a block of their own, recovery keys in one that comes from the first new member.
    case otherProposer(PublicKey)
}

extension EpochEndError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .otherEpoch(let expected, let found): "the block is of epoch \(found), not of \(expected)"
        case .wrongAnnexHash(let expected, let found):
            "the annex has hash \(found), but the block's header names \(expected)"
        case .annex(.unknownSettings(let what)): "\(AnnexError.unknownSettings(what))"
        case .annex(let error): "the block's annex is not valid: \(error)"
        case .noChange: "the block changes no members"
        case .certificate(let error): "\(error)"
        case .change(let error): "\(error)"
        case .recoveryWithSubmissions: "the block changes members by recovery keys and lists submissions"
        case .otherProposer(let key): "the block comes from \(key), who can't end the epoch in this way"
        }
    }
}

extension EpochEndError {
    /// Whether the block may well be right, and this program is too old to tell.
    public var isOfNewerVersion: Bool {
        if case .annex(let error) = self { error.isOfNewerVersion } else { false }
    }
}
