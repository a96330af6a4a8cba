package import NIOCore

/// Whom a request is for (RFC 9110, section 7.2): `uri-host [ ":" port ]`, where the host is a name or an address as in
/// RFC 3986, section 3.2.2. There is no user in front of it (RFC 9110, section 4.2.4).
package struct RequestHost: Equatable {
    /// A name in lower case, without the dot of the DNS root at its end; or an address in its one canonical spelling. Empty
    /// where a client has none to tell.
    package var name: String
    /// Nil for a name.
    package var address: SocketAddress?

    /// Nil for what isn't one from its first to its last character.
    package init?(_ text: String) {
        let (host, port) = Self.split(text[...])
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), Self.isPort(port) else { return nil }
        if host.utf8.first == UInt8(ascii: "[") {
            guard host.utf8.count > 2, host.utf8.last == UInt8(ascii: "]") else { return nil }
            self.init(version6: host.dropFirst().dropLast())
        } else {
            self.init(nameOrVersion4: host)
        }
    }

    /// From a configuration, where an IPv6 address may stand without brackets, as it does in an address to listen on.
    package init?(setting text: String) {
        if let address = RequestHost(version6: text[...]) {
            self = address
        } else {
            self.init(text)
            if self.name.isEmpty { return nil }
        }
    }

    private init?(version6 text: Substring) {
        // A zone is of one machine only, and nothing that is sent.
        guard !text.utf8.contains(UInt8(ascii: "%")), text.utf8.contains(UInt8(ascii: ":")),
            let address = try? SocketAddress(ipAddress: String(text), port: 0), case .v6 = address
        else { return nil }
        self.name = address.ipAddress ?? String(text)
        self.address = address
    }

    private init?(nameOrVersion4 text: Substring) {
        guard Self.isRegisteredName(text) else { return nil }
        if let address = try? SocketAddress(ipAddress: String(text), port: 0), case .v4 = address {
            self.name = address.ipAddress ?? String(text)
            self.address = address
        } else {
            let root = text.utf8.last == UInt8(ascii: ".") ? text.dropLast() : text
            // An address has no dot at its end: what looks like one and has is a name, and none of ours.
            let isName = (try? SocketAddress(ipAddress: String(root), port: 0)) == nil
            self.name = (isName ? root : text).lowercased()
        }
    }

    /// Takes the text apart at the colon before the port, which is nil when there is none.
    private static func split(_ text: Substring) -> (host: Substring, port: Substring?) {
        let isBracketed = text.utf8.first == UInt8(ascii: "[")
        let bracket = isBracketed ? text.utf8.firstIndex(of: UInt8(ascii: "]")) : text.startIndex
        // Without a bracket at its end, the host isn't one.
        guard let bracket, let colon = text[bracket...].utf8.firstIndex(of: UInt8(ascii: ":")) else {
            return (text, nil)
        }
        return (text[..<colon], text[text.utf8.index(after: colon)...])
    }

    /// `port = *DIGIT`: it may be empty. No port is above 65,535.
    private static func isPort(_ text: Substring?) -> Bool {
        guard let text else { return true }
        var number = 0
        for byte in text.utf8 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return false }
            number = 10 * number + Int(byte - UInt8(ascii: "0"))
            guard number <= 65_535 else { return false }
        }
        return true
    }

    /// `reg-name = *( unreserved / pct-encoded / sub-delims )`
    private static func isRegisteredName(_ text: Substring) -> Bool {
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                continue
            case UInt8(ascii: "%"):
                guard RequestTarget.percentDecoded(Substring("%" + String(Substring(rest.prefix(2))))) != nil else {
                    return false
                }
                rest = rest.dropFirst(2)
            default:
                guard "-._~!$&'()*+,;=".utf8.contains(byte) else { return false }
            }
        }
        return true
    }
}
