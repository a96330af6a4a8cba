internal import CairnLedger
internal import NIOHTTP1

/// The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header): a quoted string (RFC 9651, section 3.3.3),
/// or, as many clients send it, the bare characters.
enum IdempotencyKey {
    static let bytesMax = 255

    /// Nil when there is no such header.
    static func submissionID(in headers: HTTPHeaders) throws(Problem) -> SubmissionID? {
        guard let text = headers.first(name: "idempotency-key") else { return nil }
        guard headers["idempotency-key"].count == 1 else {
            throw Problem(.badIdempotencyKey, "There is more than one Idempotency-Key header.")
        }
        guard let key = Self.key(text) else {
            throw Problem(
                .badIdempotencyKey,
                "Idempotency-Key has to be 1 to \(Self.bytesMax) visible ASCII characters, bare or in double quotes.")
        }
        return SubmissionID(client: [], idempotencyKey: key)
    }

    static func key(_ text: String) -> [UInt8]? {
        var bytes = Array(text.utf8)
        let quote = UInt8(ascii: "\"")
        if bytes.first == quote {
            guard let content = Self.unquoted(bytes) else { return nil }
            bytes = content
        } else if bytes.contains(quote) {
            return nil
        }
        guard (1...Self.bytesMax).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        return bytes
    }

    /// What stands between two quotes; a backslash makes a quote or a backslash of the string.
    private static func unquoted(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= 2, bytes.last == UInt8(ascii: "\"") else { return nil }
        var content: [UInt8] = []
        var inner = bytes[1..<bytes.count - 1]
        while let byte = inner.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                return nil
            case UInt8(ascii: "\\"):
                guard let escaped = inner.popFirst(), "\"\\".utf8.contains(escaped) else { return nil }
                content.append(escaped)
            default:
                content.append(byte)
            }
        }
        return content
    }
}
