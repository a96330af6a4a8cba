/// Why a text has no canonical form, and where.
public struct CanonicalJSONError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable {
        /// No value: no bytes, or only whitespace.
        case empty
        /// A byte that the grammar does not allow here; a byte order mark also shows as one.
        case unexpectedByte(UInt8)
        /// The text ends inside a value.
        case unexpectedEnd
        /// Something other than whitespace after the value.
        case trailingBytes
        /// In a string: overlong, cut short, an encoded surrogate, or above U+10FFFF.
        case invalidUTF8
        /// An escaped surrogate without its other half.
        case loneSurrogate
        /// A backslash that starts no escape of RFC 8259.
        case invalidEscape
        /// A bare byte below 0x20 in a string.
        case controlCharacterInString
        /// Not a number of RFC 8259: a leading zero, or no digit where one must be.
        case invalidNumber
        /// The ECMAScript text of the nearest double has another value: accepting it would mean rounding it.
        case inexactNumber
        /// Not zero, and the nearest double is zero or infinite.
        case numberOutOfRange
        /// The object already has a member of this name.
        case duplicateName
        /// Arrays and objects nest deeper than `limit`.
        case tooDeep(limit: Int)
        /// Acceptable, but not in canonical form, where that is asked for.
        case notCanonical
    }

    public var reason: Reason

    /// Byte offset in the text. Of a number, its first byte; of a name, its opening quote; of an escape, its
    /// backslash; of a character in UTF-8, its first byte; of an end that comes too early, the length of the text.
    public var offset: Int

    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    public var description: String { "\(reason) at byte \(offset)" }
}

extension CanonicalJSONError.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "no JSON value"
        case .unexpectedByte(let byte): "unexpected byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        case .unexpectedEnd: "unexpected end of the text"
        case .trailingBytes: "bytes after the JSON value"
        case .invalidUTF8: "invalid UTF-8"
        case .loneSurrogate: "lone surrogate"
        case .invalidEscape: "invalid escape"
        case .controlCharacterInString: "control character in a string"
        case .invalidNumber: "invalid number"
        case .inexactNumber: "number would be rounded"
        case .numberOutOfRange: "number out of range"
        case .duplicateName: "duplicate name"
        case .tooDeep(let limit): "nested deeper than \(limit)"
        case .notCanonical: "not in canonical form"
        }
    }
}
