/// The address of an HTTP interface that this program calls: `http://host[:port][/path]`, or the same with `https`
/// (RFC 3986, RFC 9110, section 4.2). The one reader of such addresses, so that nothing gets to a library that it can't take.
package struct HTTPAddress: Hashable, Sendable {
    /// As it was given, without slashes at the end: paths are put behind it.
    package let text: String

    /// Nil for anything else: another scheme, no host, a port that is none (they go from 1 to 65535), a user (who would not be
    /// told to the server), a query or a fragment, and characters that have no place in a URL.
    package init?(_ text: String) {
        guard let mark = text.firstRange(of: "://"),
            ["http", "https"].contains(text[..<mark.lowerBound].lowercased())
        else { return nil }
        let rest = text[mark.upperBound...].utf8
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        guard Self.isAuthority(rest[..<slash]), Self.isPath(rest[slash...]) else { return nil }
        var trimmed = text[...]
        while trimmed.utf8.last == UInt8(ascii: "/") { trimmed.removeLast() }
        self.text = String(trimmed)
    }

    private static func isAuthority(_ text: Substring.UTF8View) -> Bool {
        let isBracketed = text.first == UInt8(ascii: "[")
        let hostEnd = isBracketed ? text.firstIndex(of: UInt8(ascii: "]")).map(text.index(after:)) : text.startIndex
        guard let hostEnd else { return false }
        let colon = text[hostEnd...].firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
        let host = text[..<colon]
        // Nothing stands between a bracket and the port.
        let isHost =
            isBracketed
            ? colon == hostEnd && Self.isVersion6(host.dropFirst().dropLast()) : Self.isName(host)
        return isHost && (colon == text.endIndex || Self.isPort(text[colon...].dropFirst()))
    }

    /// Groups of hexadecimal digits, the last two perhaps as an IPv4 address (RFC 4291, section 2.2). Whether they are well
    /// put together, the system says that connects.
    private static func isVersion6(_ host: Substring.UTF8View) -> Bool {
        host.count(where: { $0 == UInt8(ascii: ":") }) >= 2
            && host.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// A name of the DNS, as far as its characters go, or an IPv4 address.
    private static func isName(_ host: Substring.UTF8View) -> Bool {
        (1...253).contains(host.count)
            && host.allSatisfy { Self.isLetterOrDigit($0) || "-._".utf8.contains($0) }
            && host.contains(where: Self.isLetterOrDigit)
    }

    /// An empty port, which RFC 3986 knows, has no use here.
    private static func isPort(_ digits: Substring.UTF8View) -> Bool {
        var number: UInt64 = 0
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return false }
            number = 10 * number + UInt64(byte - UInt8(ascii: "0"))
            guard number <= UInt64(UInt16.max) else { return false }
        }
        return number > 0
    }

    /// `path-abempty = *( "/" segment )` (RFC 3986, section 3.3).
    private static func isPath(_ text: Substring.UTF8View) -> Bool {
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                guard Self.isLetterOrDigit(byte) || "-._~!$&'()*+,;=:@/".utf8.contains(byte) else { return false }
                continue
            }
            guard rest.count >= 2, rest.prefix(2).allSatisfy(Self.isHexDigit) else { return false }
            rest = rest.dropFirst(2)
        }
        return true
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
