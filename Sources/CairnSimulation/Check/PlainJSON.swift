/// Just enough JSON to read an annex: no escapes, and whole numbers that are not negative.
package indirect enum PlainJSON {
    case object([(name: String, value: PlainJSON)])
    case array([PlainJSON])
    case string(String)
    case number(UInt64)

    /// Nil when the bytes are anything else.
    package init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        guard let value = Self.read(&rest), rest.isEmpty else { return nil }
        self = value
    }

    package subscript(name: String) -> PlainJSON? {
        guard case .object(let fields) = self else { return nil }
        return fields.first { $0.name == name }?.value
    }

    package var names: [String] {
        guard case .object(let fields) = self else { return [] }
        return fields.map(\.name)
    }

    package var array: [PlainJSON]? { if case .array(let values) = self { values } else { nil } }
    package var string: String? { if case .string(let text) = self { text } else { nil } }
    package var number: UInt64? { if case .number(let value) = self { value } else { nil } }

    private static func read(_ rest: inout ArraySlice<UInt8>) -> PlainJSON? {
        switch rest.first {
        case UInt8(ascii: "{"):
            guard let fields = Self.list(&rest, end: "}", { Self.field(&$0) }) else { return nil }
            return .object(fields)
        case UInt8(ascii: "["):
            guard let values = Self.list(&rest, end: "]", { Self.read(&$0) }) else { return nil }
            return .array(values)
        case UInt8(ascii: "\""):
            return Self.text(&rest).map(PlainJSON.string)
        default:
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            rest = rest.dropFirst(digits.count)
            return UInt64(String(decoding: digits, as: UTF8.self)).map(PlainJSON.number)
        }
    }

    private static func list<Element>(
        _ rest: inout ArraySlice<UInt8>, end: Unicode.Scalar, _ element: (inout ArraySlice<UInt8>) -> Element?
    ) -> [Element]? {
        rest = rest.dropFirst()
        var elements: [Element] = []
        while rest.first != UInt8(ascii: end) {
            if !elements.isEmpty {
                guard rest.first == UInt8(ascii: ",") else { return nil }
                rest = rest.dropFirst()
            }
            guard let next = element(&rest) else { return nil }
            elements.append(next)
        }
        rest = rest.dropFirst()
        return elements
    }

    private static func field(_ rest: inout ArraySlice<UInt8>) -> (name: String, value: PlainJSON)? {
        guard let name = Self.text(&rest), rest.first == UInt8(ascii: ":") else { return nil }
        rest = rest.dropFirst()
        guard let value = Self.read(&rest) else { return nil }
        return (name, value)
    }

    private static func text(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        rest = rest.dropFirst()
        let text = rest.prefix { $0 != UInt8(ascii: "\"") }
        guard text.count < rest.count, !text.contains(UInt8(ascii: "\\")) else { return nil }
        rest = rest.dropFirst(text.count + 1)
        return String(decoding: text, as: UTF8.self)
    }
}

/// Bytes in text, once more.
package enum PlainText {
    /// Nil when the text isn't an even number of lower-case hexadecimal digits.
    package static func hex(_ text: String) -> [UInt8]? {
        let digits = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = []
        var high: Int?
        for byte in text.utf8 {
            guard let digit = digits.firstIndex(of: byte) else { return nil }
            if let first = high {
                bytes.append(UInt8(first * 16 + digit))
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? bytes : nil
    }

    /// RFC 4648, section 4. Nil when the text isn't that.
    package static func base64(_ text: String) -> [UInt8]? {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let body = text.utf8.prefix { $0 != UInt8(ascii: "=") }
        var bits = 0
        var count = 0
        var bytes: [UInt8] = []
        for byte in body {
            guard let value = letters.firstIndex(of: byte) else { return nil }
            bits = (bits << 6 | value) & 0xFFFF
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(bits >> count & 0xFF))
            }
        }
        return bytes
    }
}
