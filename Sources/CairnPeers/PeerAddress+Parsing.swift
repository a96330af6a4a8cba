extension PeerAddress {
    /// Reads what a person writes: `host`, `host:port`, an IPv6 address (in brackets when a port follows), and the
    /// same as a URL, `ws://…` or `wss://…`, whose path is not looked at: a link has one path, and is always
    /// encrypted.
    ///
    /// Without a port it is `portDefault`.
    public init(parsing text: String) throws(PeerAddressError) {
        var rest = Substring(text)
        if let scheme = rest.firstRange(of: "://") {
            let name = rest[..<scheme.lowerBound].lowercased()
            guard name == "ws" || name == "wss" else { throw .scheme(name, of: text) }
            rest = rest[scheme.upperBound...]
            rest = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        }
        guard !rest.isEmpty else { throw .noHost(text) }
        let (host, port) = try Self.split(rest, of: text)
        guard !host.isEmpty else { throw .noHost(text) }
        guard Self.isHost(host) else { throw .host(String(host), of: text) }
        self.init(
            host: host.lowercased(),
            port: try port.map { part throws(PeerAddressError) in
                guard let number = UInt16(part), number > 0, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                    throw .port(String(part), of: text)
                }
                return number
            } ?? Self.portDefault)
    }

    private static func split(
        _ rest: Substring, of text: String
    ) throws(PeerAddressError) -> (host: Substring, port: Substring?) {
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { throw .bracket(text) }
            let host = rest[rest.index(after: rest.startIndex)..<end]
            guard host.contains(":") else { throw .host(String(host), of: text) }
            let behind = rest[rest.index(after: end)...]
            if behind.isEmpty { return (host, nil) }
            guard behind.first == ":" else { throw .bracket(text) }
            return (host, behind.dropFirst())
        }
        guard let colon = rest.firstIndex(of: ":") else { return (rest, nil) }
        // More than one colon, and no brackets: an IPv6 address without a port.
        if rest[rest.index(after: colon)...].contains(":") { return (rest, nil) }
        return (rest[..<colon], rest[rest.index(after: colon)...])
    }

    /// Whether this can be a name (RFC 1123) or an address: letters, digits, hyphens, dots, underscores; colons, and
    /// a zone behind a percent sign, in an IPv6 address.
    static func isHost(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        guard (1...253).contains(bytes.count) else { return false }
        let isVersion6 = bytes.contains(UInt8(ascii: ":"))
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."):
                true
            case UInt8(ascii: "-"), UInt8(ascii: "_"): true
            case UInt8(ascii: ":"), UInt8(ascii: "%"): isVersion6
            default: false
            }
        }
    }

    /// Reads exactly what `description` writes; here the host may be empty.
    package init?(exactly text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        guard let port = UInt16(text[text.index(after: colon)...]), port > 0 else { return nil }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        guard host.isEmpty || Self.isHost(host) else { return nil }
        self.init(host: String(host), port: port)
        guard self.description == text else { return nil }
    }
}
