internal import CairnHash

/// A request target (RFC 9112, section 3.2) taken apart.
package struct RequestTarget {
    /// As it was sent, percent-encoding and all.
    package var rawPath: Substring
    private var rawQuery: Substring

    /// Takes the origin form, and the absolute form that goes to proxies and that a server must take as well.
    package init(_ uri: String) throws(Problem) {
        var rest = uri[...]
        if !rest.utf8.starts(with: "/".utf8) {
            guard let authority = Self.authority(of: uri) else {
                throw Problem(.badTarget, "The request target has to begin with \"/\".")
            }
            rest = rest[authority.endIndex...]
        }
        let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        self.rawPath = mark == rest.startIndex ? "/" : rest[..<mark]
        self.rawQuery = mark == rest.endIndex ? "" : rest[rest.utf8.index(after: mark)...]
    }

    /// What stands between the scheme and the path of the absolute form; nil for other forms.
    static func authority(of uri: String) -> Substring? {
        guard uri.utf8.first != UInt8(ascii: "/"), let mark = uri.firstRange(of: "://"),
            ["http", "https"].contains(uri[..<mark.lowerBound].lowercased())
        else { return nil }
        let rest = uri[mark.upperBound...]
        return rest[..<(rest.utf8.firstIndex(where: { "/?".utf8.contains($0) }) ?? rest.endIndex)]
    }

    /// The parts between the path's slashes, each percent-decoded by itself.
    package func segments() throws(Problem) -> [String] {
        var segments: [String] = []
        for segment in self.rawPath.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .dropFirst()
        {
            segments.append(try Self.decode(Substring(segment), in: "path"))
        }
        return segments
    }

    /// - Throws: for a parameter that isn't in `allowed`, or comes twice: a typing error must not change an answer.
    package func query(allowed: [String]) throws(Problem) -> Query {
        guard !self.rawQuery.isEmpty else { return Query() }
        var items: [String: String] = [:]
        for item in self.rawQuery.utf8.split(separator: UInt8(ascii: "&")) {
            let parts = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decode(Substring(parts[0]), in: "query")
            let value = parts.count > 1 ? try Self.decode(Substring(parts[1]), in: "query") : ""
            guard allowed.contains(name) else {
                let known =
                    allowed.isEmpty ? "There are none here." : "Possible are: \(allowed.joined(separator: ", "))."
                throw Problem(.badParameter, "There is no parameter \"\(name)\". \(known)").with("parameter", name)
            }
            guard items.updateValue(value, forKey: name) == nil else {
                throw Problem(.badParameter, "The parameter \"\(name)\" is given twice.").with("parameter", name)
            }
        }
        return Query(items: items)
    }

    private static func decode(_ text: Substring, in part: String) throws(Problem) -> String {
        guard let decoded = Self.percentDecoded(text) else {
            throw Problem(.badTarget, "\"\(text)\" in the \(part) is not percent-encoded UTF-8.")
        }
        return decoded
    }
}

extension RequestTarget {
    /// RFC 3986, section 2.1. Nil when a percent sign isn't followed by two hexadecimal digits, or the bytes are no UTF-8.
    static func percentDecoded(_ text: Substring) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let decoded = Hex.decode(Substring(rest.prefix(2))), let value = decoded.first else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// The parameters behind the question mark.
package struct Query: Sendable {
    fileprivate var items: [String: String] = [:]

    package func text(_ name: String) -> String? { self.items[name] }

    /// A number of digits only, without signs and leading zeros.
    package func number(_ name: String) throws(Problem) -> UInt64? {
        guard let text = self.items[name] else { return nil }
        return try Self.number(text, name: name)
    }

    /// A count, from 1 to `max`.
    package func limit(_ name: String = "limit", default fallback: Int, max: Int) throws(Problem) -> Int {
        guard let number = try self.number(name) else { return fallback }
        guard number >= 1, number <= UInt64(max) else {
            throw Problem(.badParameter, "\"\(name)\" is \(number); it can be 1 to \(max).").with("parameter", name)
        }
        return Int(number)
    }

    func flag(_ name: String) throws(Problem) -> Bool {
        switch self.items[name] {
        case nil, "false": return false
        case "true": return true
        case let other?:
            throw Problem(.badParameter, "\"\(name)\" is \"\(other)\"; it can be true or false.")
                .with("parameter", name)
        }
    }

    package static func number(_ text: String, name: String) throws(Problem) -> UInt64 {
        let isPlain =
            text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && (text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0"))
        guard isPlain, let number = UInt64(text) else {
            throw Problem(
                .badParameter, "\"\(name)\" is \"\(text)\"; it has to be a number from 0 to 2^64 - 1, in plain digits."
            ).with("parameter", name)
        }
        return number
    }
}
