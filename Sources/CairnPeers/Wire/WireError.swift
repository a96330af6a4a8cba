package import CairnLedger

/// Why bytes from a link are no message, and where.
package enum WireError: Error, Hashable {
    case tooLarge(bytes: Int, limit: Int)
    case tooManyParts(limit: Int)
    case tooManyFields(limit: Int)
    /// A number or a length is not as it is written, or goes beyond the end.
    case unreadable(at: Int)
    /// By field numbers of link.proto.
    case unknownField(UInt64)
    case wrongType(field: UInt64, type: UInt64)
    case repeatedField(UInt64)
    case numberTooLarge(field: UInt64)
    /// They are no Protocol Buffers message of this kind.
    case malformed
    /// Nothing is in it that this version knows.
    case noContent
    /// A field of fixed size has another one.
    case wrongSize(field: String, neededBytes: Int, availableBytes: Int)
    /// A number, or a range of numbers, that can't be.
    case invalid(field: String)
    case block(BlockDecodingError, field: String)
    case certificate(CertificateError, field: String)
    case key(KeyWeakness, field: String)
    case vote(VoteError)
    case change(AnnexError)
    case submission(SubmissionError)
    /// A greeting where messages go, or a message where the greeting goes.
    case outOfPlace(field: String)
}

extension WireError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLarge(let bytes, let limit): "it has \(bytes) bytes; at most \(limit) are read"
        case .tooManyParts(let limit): "it has more than \(limit) parts"
        case .tooManyFields(let limit): "it has more than \(limit) fields"
        case .unreadable(let place): "it can't be read on from byte \(place)"
        case .unknownField(let number): "it has a field \(number), which this version doesn't know"
        case .wrongType(let field, let type): "its field \(field) is of type \(type), which is not that field's"
        case .repeatedField(let number): "its field \(number) comes more often than it may"
        case .numberTooLarge(let field): "the number in its field \(field) is too large"
        case .malformed: "it is no Protocol Buffers message of the expected kind"
        case .noContent: "it holds nothing that this version knows"
        case .wrongSize(let field, let needed, let available):
            "\(field) has \(available) bytes; it needs \(needed)"
        case .invalid(let field): "the value of \(field) can't be"
        case .block(let error, let field): "\(field): \(error)"
        case .certificate(let error, let field): "\(field): \(error)"
        case .key(let weakness, let field): "\(field) can't be anybody's key: \(weakness)"
        case .vote(let error): "vote: \(error)"
        case .change(let error): "change: \(error)"
        case .submission(let error): "submissions: \(error)"
        case .outOfPlace(let field): "\(field) can't come at this point of a link"
        }
    }
}

extension WireError {
    /// Whether the message may well be right, and this program is too old to tell.
    package var isOfNewerVersion: Bool {
        if case .change(let error) = self { error.isOfNewerVersion } else { false }
    }
}
