public import CairnHash
public import CairnLedger

/// A block that a repair has to get from somewhere else.
public struct NeededBlock: Hashable, Sendable {
    public let index: BlockIndex
    /// What its hash has to be. Nil when nothing here tells: then a certificate of a quorum has to vouch for it.
    public let hash: Digest?
    /// The first of the blocks up to this one that are not there: they are asked for next, from this one down. A hint for
    /// whoever wants to fetch several at once.
    public let runStart: BlockIndex
    /// What is wrong with what is stored.
    public let reason: String
}

/// Why a block that was offered is not taken.
public enum BlockRefusal: Error, Hashable, Sendable {
    /// It was not asked for.
    case otherIndex(expected: BlockIndex?, found: BlockIndex)
    case otherHash(expected: Digest, found: Digest)
    case rule(BlockError)
    case certificate(CertificateError)
    /// Its hash is not known here, and it comes without a certificate.
    case nothingVouches
}

extension BlockRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .otherIndex(let expected, let found):
            "it is block \(found), and \(expected.map { "block \($0)" } ?? "none") was asked for"
        case .otherHash(let expected, let found):
            "its hash is \(found), but the chain holds \(expected) there"
        case .rule(let error): "\(error)"
        case .certificate(let error): "\(error)"
        case .nothingVouches:
            "no block behind it tells its hash, and it has no certificate"
        }
    }
}
