public import CairnLedger

/// A witness that cosigns this node's checkpoints: where it is, and the key that it is known by.
public struct WitnessAddress: Hashable, Sendable {
    /// The submission prefix, without a slash at its end.
    public let url: String
    public let key: NoteKey

    /// Reads `URL=VKEY`.
    public init(_ text: String) throws(WitnessAddressError) {
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { throw .noKey(text) }
        let url = String(text[..<mark])
        guard let address = HTTPAddress(url) else { throw .badURL(url) }
        do throws(NoteKeyError) {
            self.key = try NoteKey(vkey: String(text[text.utf8.index(after: mark)...]))
        } catch {
            throw .badKey(error)
        }
        guard self.key.kind == .cosigner else { throw .notACosigner }
        self.url = address.text
    }
}

/// Why a text names no witness.
public enum WitnessAddressError: Error, Hashable, Sendable {
    case noKey(String)
    case badURL(String)
    case badKey(NoteKeyError)
    case notACosigner
}

extension WitnessAddressError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noKey(let text):
            "\"\(text)\" names no witness; it looks like https://witness.example.com=<its verifier key>"
        case .badURL(let url): "\"\(url)\" is no http:// or https:// address of a witness"
        case .badKey(let error): "\(error)"
        case .notACosigner: "the verifier key is a log's; a witness has one of type 4 (cosignature)"
        }
    }
}
