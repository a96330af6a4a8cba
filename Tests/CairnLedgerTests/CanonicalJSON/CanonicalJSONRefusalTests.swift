import CairnLedger
import Testing

@Suite("Canonical JSON: refusals")
struct CanonicalJSONRefusalTests {
    typealias Reason = CanonicalJSONError.Reason

    @Test(
        "Each reason, with its offset",
        arguments: [
            ("", Reason.empty, 0), (" \n", .empty, 2),
            ("\u{FEFF}1", .unexpectedByte(0xEF), 0), ("[1 2]", .unexpectedByte(UInt8(ascii: "2")), 3),
            ("{\"a\" 1}", .unexpectedByte(UInt8(ascii: "1")), 5), ("{1:2}", .unexpectedByte(UInt8(ascii: "1")), 1),
            ("[1,]", .unexpectedByte(UInt8(ascii: "]")), 3), ("{\"a\":1,}", .unexpectedByte(UInt8(ascii: "}")), 7),
            ("[,1]", .unexpectedByte(UInt8(ascii: ",")), 1), ("truE", .unexpectedByte(UInt8(ascii: "E")), 3),
            ("NaN", .unexpectedByte(UInt8(ascii: "N")), 0), ("+1", .unexpectedByte(UInt8(ascii: "+")), 0),
            (".5", .unexpectedByte(UInt8(ascii: ".")), 0), ("\u{0B}1", .unexpectedByte(0x0B), 0),
            ("\u{A0}1", .unexpectedByte(0xC2), 0), ("'a'", .unexpectedByte(UInt8(ascii: "'")), 0),
            ("[", .unexpectedEnd, 1), ("{\"a\":", .unexpectedEnd, 5), ("\"abc", .unexpectedEnd, 4),
            ("tru", .unexpectedEnd, 3),
            ("\"\\", .unexpectedEnd, 2), ("\"\\u12", .unexpectedEnd, 5), ("\"\\ud83d", .unexpectedEnd, 7),
            ("\"\\ud83d\\", .unexpectedEnd, 8), ("-", .unexpectedEnd, 1), ("1.", .unexpectedEnd, 2),
            ("1e+", .unexpectedEnd, 3),
            ("1 2", .trailingBytes, 2), ("{}}", .trailingBytes, 2), ("\"\"\0", .trailingBytes, 2),
            ("nullnull", .trailingBytes, 4),
            ("[\"\\ud800\"]", .loneSurrogate, 2), ("\"a\\udc00\"", .loneSurrogate, 2),
            ("\"\\ud83d\\n\"", .loneSurrogate, 1),
            ("\"\\ud83dx\"", .loneSurrogate, 1), ("\"\\ud83d\\ud83d\\ude00\"", .loneSurrogate, 1),
            ("\"\\x41\"", .invalidEscape, 1), ("\"ab\\u12g4\"", .invalidEscape, 3), ("\"\\U0041\"", .invalidEscape, 1),
            ("\"\\u+123\"", .invalidEscape, 1), ("\"\\ud83d\\u12\"", .invalidEscape, 7),
            ("\"a\u{1F}\"", .controlCharacterInString, 2), ("\"\n\"", .controlCharacterInString, 1),
            ("\"12345678\t\"", .controlCharacterInString, 9),
            ("01", .invalidNumber, 0), ("[-01]", .invalidNumber, 1), ("00", .invalidNumber, 0),
            ("[1.]", .invalidNumber, 1),
            ("[-]", .invalidNumber, 1), ("1e,", .invalidNumber, 0), ("1.e5", .invalidNumber, 0),
            ("-x", .invalidNumber, 0),
            ("[9007199254740993]", .inexactNumber, 1), ("1e400", .numberOutOfRange, 0),
            ("[0,1e-400]", .numberOutOfRange, 3),
            ("{\"a\":1,\"a\":2}", .duplicateName, 7), ("{\"a\":1,\"\\u0061\":2}", .duplicateName, 7),
            ("{\"b\":1,\"a\":2,\"b\":3}", .duplicateName, 13),
            ("{\"b\":1,\"a\":2,\"a\":3,\"b\":4}", .duplicateName, 13),
            ("[{\"\\ud83d\\ude00\":1,\"\u{1F600}\":2}]", .duplicateName, 19),
        ])
    func reasons(text: String, reason: Reason, offset: Int) {
        #expect(refusal(text) == CanonicalJSONError(reason, at: offset))
    }

    @Test(
        "Invalid UTF-8",
        arguments: [
            [0x80], [0xBF], [0xC0, 0xAF], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x9F, 0xBF], [0xE2, 0x82],
            [0xE2, 0x28, 0xA1],
            [0xE2, 0x82, 0x28], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98],
            [0xF0, 0x9F, 0x98, 0x28], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        for before in ["", "a", "1234567", "12345678", "\u{E9}"] {
            let start = Array("[\"\(before)".utf8)
            let wanted = CanonicalJSONError(.invalidUTF8, at: start.count)
            #expect(refusal(start + bytes + Array("\"]".utf8)) == wanted)
            #expect(refusal(start + bytes) == wanted)
        }
    }

    @Test("The first and last character of each length of UTF-8, and noncharacters, are accepted as they are")
    func validUTF8() throws {
        let points: [UInt32] = [
            0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFDD0, 0xFEFF, 0xFFFE, 0xFFFF, 0x10000, 0x1FFFF, 0x10FFFF,
        ]
        let text = "\"" + points.compactMap(Unicode.Scalar.init).map { String($0) }.joined() + "\""
        #expect(text.unicodeScalars.count == points.count + 2)
        #expect(sameBytes(try canonicalText(text), text))
    }

    @Test("Canonically equivalent names are different names")
    func equivalentNames() throws {
        let text = "{\"\u{E9}\":1,\"e\u{301}\":2}"
        #expect(sameBytes(try canonicalText(text), "{\"e\u{301}\":2,\"\u{E9}\":1}"))
    }

    @Test("Nesting: 128 levels are accepted, 129 are not")
    func depth() {
        func nested(_ depth: Int) -> String {
            // Objects and arrays in turn: they count together.
            let opening = (0..<depth).map { $0.isMultiple(of: 2) ? "[" : "{\"a\":" }.joined()
            let closing = (0..<depth).reversed().map { $0.isMultiple(of: 2) ? "]" : "}" }.joined()
            return opening + "0" + closing
        }
        #expect(refusal(nested(128)) == nil)
        #expect(refusal(nested(129)) == CanonicalJSONError(.tooDeep(limit: 128), at: 64 * 6))
        #expect(refusal(String(repeating: "[", count: 100_000)) == CanonicalJSONError(.tooDeep(limit: 128), at: 128))
        #expect(refusal("0", maxDepth: 0) == nil)
        #expect(refusal("[]", maxDepth: 0) == CanonicalJSONError(.tooDeep(limit: 0), at: 0))
        #expect(refusal("[[]]", maxDepth: 1) == CanonicalJSONError(.tooDeep(limit: 1), at: 1))
        #expect(refusal("[[],[],[]]", maxDepth: 2) == nil)
        let deepest = CanonicalJSON.largestMaxDepth
        #expect(refusal(nested(deepest), maxDepth: deepest) == nil)
    }

    @Test("A text cut short at each byte is refused, or is a shorter value")
    func truncation() {
        let sample = Array((CanonicalJSONTests.sample + " ").utf8)
        for count in 0..<sample.count - 2 {
            #expect(refusal(Array(sample[..<count])) != nil, "\(count) bytes")
        }
        let number = Array("-12.50e-10".utf8)
        #expect((0...number.count).filter { refusal(Array(number[..<$0])) == nil } == [2, 3, 5, 6, 9, 10])
    }

    @Test("Each byte, put in at each place, never traps")
    func insertions() {
        let sample = Array(#"{"a":[-1.5e3,"é\u00e9\n"],"b":null}"#.utf8)
        for place in 0...sample.count {
            for byte in UInt8.min...UInt8.max {
                _ = refusal(Array(sample[..<place]) + [byte] + Array(sample[place...]))
            }
        }
    }

    @Test("An error says what and where")
    func description() {
        #expect(CanonicalJSONError(.unexpectedByte(0x0B), at: 3).description == "unexpected byte 0x0b at byte 3")
        #expect(CanonicalJSONError(.tooDeep(limit: 128), at: 128).description == "nested deeper than 128 at byte 128")
    }
}
