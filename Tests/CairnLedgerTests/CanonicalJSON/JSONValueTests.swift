import CairnLedger
import Testing

@Suite("JSONValue")
struct JSONValueTests {
    private func value(_ text: String) throws(CanonicalJSONError) -> JSONValue {
        let bytes = Array(text.utf8)
        let span = bytes.span
        return try JSONValue(canonical: span.bytes)
    }

    private func encoded(_ value: JSONValue) -> String {
        var output: [UInt8] = []
        value.encode(into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(
        "Reading and writing gives the same bytes",
        arguments: [
            "null", "true", "false", "0", "-1.5", "1e+21", #""""#, #""a\"\\\b\t\n\f\r\u0000\u001f/é😀""#, "[]", "{}",
            #"[1,[2,[]],{"a":{}}]"#, #"{"":[null],"\n":"x","a":{"b":[true,false,5e-324]},"é":1,"😀":2}"#,
            "{\"\u{10000}\":1,\"\u{E000}\":2}",
        ])
    func roundTrip(text: String) throws {
        let value = try value(text)
        #expect(sameBytes(encoded(value), text))
        #expect(try self.value(encoded(value)) == value)
    }

    @Test(
        "What is not canonical is refused, at the place that would change",
        arguments: [
            (" 1", 0), ("[1 ]", 2), ("[1, 2]", 3), (#"{"b":1,"a":2}"#, 7), ("1.0", 0), ("[-0]", 1), ("1e21", 0),
            (#""a\/""#, 2),
            (#""\u0041""#, 1), (#""\u000a""#, 1), (#""\u001F""#, 1), ("1\n", 1),
        ])
    func notCanonical(text: String, offset: Int) {
        #expect(throws: CanonicalJSONError(.notCanonical, at: offset)) { try value(text) }
    }

    @Test("What is not acceptable is refused for its own reason")
    func refused() {
        #expect(throws: CanonicalJSONError(.duplicateName, at: 7)) { try value(#"{"a":1,"a":1}"#) }
        #expect(throws: CanonicalJSONError(.empty, at: 0)) { try value("") }
        #expect(throws: CanonicalJSONError(.tooDeep(limit: 128), at: 128)) {
            try value(String(repeating: "[", count: 200))
        }
    }

    @Test("Accessors")
    func accessors() throws {
        let value = try value(
            #"{"big":9007199254740994,"flag":true,"list":[1],"max":9007199254740992,"neg":-1,"s":"x"}"#)
        let object = try #require(value.object)
        #expect(object.members.map(\.name) == ["big", "flag", "list", "max", "neg", "s"])
        #expect(object["max"]?.uint64 == 1 << 53)
        #expect(object["big"]?.uint64 == nil)
        #expect(object["big"]?.number?.text == "9007199254740994")
        #expect(object["neg"]?.uint64 == nil)
        #expect(object["flag"]?.bool == true)
        #expect(object["list"]?.array?.first?.uint64 == 1)
        #expect(object["s"]?.string == "x")
        #expect(object["absent"] == nil)
    }

    @Test("Numbers")
    func numbers() {
        #expect(JSONNumber(0 as UInt64)?.text == "0")
        #expect(JSONNumber(1 << 53 as UInt64)?.uint64 == 1 << 53)
        #expect(JSONNumber(1 << 53 + 1 as UInt64) == nil)
        #expect(JSONNumber(-0.0)?.text == "0")
        #expect(JSONNumber(0.5)?.uint64 == nil)
        #expect(JSONNumber(1e21)?.uint64 == nil)
        #expect(JSONNumber(Double.nan) == nil)
        #expect(JSONNumber(-Double.infinity) == nil)
    }

    @Test("An object keeps its members in order however they come")
    func building() {
        var object: JSONObject = ["b": .null, "\u{E000}": .bool(true), "\u{10000}": .array([]), "a": .string("\u{1}")]
        #expect(
            sameBytes(encoded(.object(object)), "{\"a\":\"\\u0001\",\"b\":null,\"\u{10000}\":[],\"\u{E000}\":true}"))
        object["b"] = nil
        object["a"] = .object([:])
        object["absent"] = nil
        #expect(sameBytes(encoded(.object(object)), "{\"a\":{},\"\u{10000}\":[],\"\u{E000}\":true}"))
    }

    @Test("Canonically equivalent strings and names are different")
    func equivalence() throws {
        let composed = "\u{E9}"
        let decomposed = "e\u{301}"
        #expect(JSONValue.string(composed) != .string(decomposed))
        #expect(JSONValue.object([composed: .null]) != .object([decomposed: .null]))
        #expect(Set([JSONValue.string(composed), .string(decomposed), .string(composed)]).count == 2)
        let both: JSONObject = [composed: .bool(true), decomposed: .bool(false)]
        #expect(both[composed] == .bool(true))
        #expect(both[decomposed] == .bool(false))
        #expect(try value(encoded(.object(both))) == .object(both))
    }
}
