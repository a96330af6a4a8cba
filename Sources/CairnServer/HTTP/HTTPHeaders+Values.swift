package import NIOHTTP1

extension HTTPHeaders {
    /// Takes white space away that stands around values and is no part of them (RFC 9110, section 5.5).
    package mutating func trimValues() {
        // The decoder passes over what stands in front; hardly anybody sends something behind.
        guard self.contains(where: { $0.value.utf8.last.map(Self.isBlank) ?? false }) else { return }
        self = HTTPHeaders(self.map { ($0.name, $0.value.trimmed) })
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }

    /// The elements of all fields of a name, which are lists (RFC 9110, section 5.6.1); empty ones don't count.
    package func elements(of name: String) -> [String] {
        self[name].flatMap { $0.split(separator: ",") }.map { $0.trimmed }.filter { !$0.isEmpty }
    }
}

extension HTTPRequestHead {
    /// Whether what follows on the connection may be no HTTP/1 (RFC 9110, sections 7.8 and 9.3.6). It is answered as if it
    /// didn't ask; but the decoder reads nothing behind it.
    package var asksForAnotherProtocol: Bool {
        if self.method == .CONNECT { return true }
        guard self.headers.contains(name: "upgrade") else { return false }
        return self.headers.elements(of: "connection").contains { $0.lowercased() == "upgrade" }
    }
}
