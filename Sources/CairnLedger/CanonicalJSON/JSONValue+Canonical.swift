extension JSONValue {
    /// Reads a canonical text, and refuses one that is not: equal values have equal bytes, and the other way round.
    ///
    /// - Throws: ``CanonicalJSONError``; ``CanonicalJSONError/Reason/notCanonical`` for a text that would have to
    ///   change, at the first place where it would.
    public init(
        canonical text: RawSpan, maxDepth: Int = CanonicalJSON.defaultMaxDepth
    ) throws(CanonicalJSONError) {
        try CanonicalJSON.checkCanonical(text, maxDepth: maxDepth)
        self = text.withUnsafeBytes { bytes in
            var reader = CanonicalReader(text: bytes)
            return reader.value()
        }
    }

    /// Appends the canonical bytes.
    public func encode(into output: inout [UInt8]) {
        switch self {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .number(let number): output += number.text.utf8
        case .string(let string): Self.encode(string, into: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 {
                    output.append(UInt8(ascii: ","))
                }
                element.encode(into: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let object):
            output.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 {
                    output.append(UInt8(ascii: ","))
                }
                Self.encode(member.name, into: &output)
                output.append(UInt8(ascii: ":"))
                member.value.encode(into: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    private static func encode(_ string: String, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            CanonicalJSON.appendInString(byte, to: &output)
        }
        output.append(UInt8(ascii: "\""))
    }
}

/// Builds values from bytes that were found to be canonical before: it checks nothing again.
private struct CanonicalReader {
    let text: UnsafeRawBufferPointer
    var position = 0

    init(text: UnsafeRawBufferPointer) {
        self.text = text
    }

    mutating func value() -> JSONValue {
        switch text[position] {
        case UInt8(ascii: "n"): return skip(4, .null)
        case UInt8(ascii: "t"): return skip(4, .bool(true))
        case UInt8(ascii: "f"): return skip(5, .bool(false))
        case UInt8(ascii: "\""): return .string(string())
        case UInt8(ascii: "["): return .array(elements(until: UInt8(ascii: "]")) { $0.value() })
        case UInt8(ascii: "{"):
            let members = elements(until: UInt8(ascii: "}")) { reader in
                let name = reader.string()
                reader.position += 1
                return JSONObject.Member(name: name, value: reader.value())
            }
            return .object(JSONObject(sortedMembers: members))
        default: return .number(number())
        }
    }

    private mutating func skip(_ count: Int, _ value: JSONValue) -> JSONValue {
        position += count
        return value
    }

    private mutating func elements<Element>(
        until closing: UInt8, _ read: (inout CanonicalReader) -> Element
    ) -> [Element] {
        var elements: [Element] = []
        position += 1
        while text[position] != closing {
            elements.append(read(&self))
            if text[position] == UInt8(ascii: ",") {
                position += 1
            }
        }
        position += 1
        return elements
    }

    private mutating func number() -> JSONNumber {
        let start = position
        while position < text.count, !",]}".utf8.contains(text[position]) {
            position += 1
        }
        return JSONNumber(canonicalText: String(decoding: text[start..<position], as: UTF8.self))
    }

    private mutating func string() -> String {
        var bytes: [UInt8] = []
        position += 1
        while text[position] != UInt8(ascii: "\"") {
            bytes.append(text[position] == UInt8(ascii: "\\") ? escaped() : text[position])
            position += 1
        }
        position += 1
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The ASCII character that the escape here stands for; leaves `position` on the escape's last byte.
    private mutating func escaped() -> UInt8 {
        position += 1
        let letter = text[position]
        guard letter == UInt8(ascii: "u") else { return CanonicalJSON.controlCharacter(escapedAs: letter) ?? letter }
        // Only U+0000..U+001F are left, so that the first two digits are 0.
        position += 4
        let high = CanonicalJSON.hexDigitValue(text[position - 1]) ?? 0
        let low = CanonicalJSON.hexDigitValue(text[position]) ?? 0
        return UInt8(high << 4 | low)
    }
}
