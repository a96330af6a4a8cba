import CairnLedger
import Testing

@Suite("Canonical JSON")
struct CanonicalJSONTests {
    /// RFC 8785 section 3.2.2, with one change: its first number, 333333333.33333329, would have to be rounded.
    static let sample = #"""
        {
          "numbers": [333333333.3333333, 1E30, 4.50,
                      2e-3, 0.000000000000000000000000001],
          "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
          "literals": [null, true, false]
        }
        """#

    @Test("RFC 8785 section 3.2.4: the bytes of the sample")
    func sampleBytes() throws {
        let hex = """
            7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72
            75 65 2c 66 61 6c 73 65 5d 2c 22 6e 75 6d 62 65 72 73 22 3a
            5b 33 33 33 33 33 33 33 33 33 2e 33 33 33 33 33 33 33 2c 31
            65 2b 33 30 2c 34 2e 35 2c 30 2e 30 30 32 2c 31 65 2d 32 37
            5d 2c 22 73 74 72 69 6e 67 22 3a 22 e2 82 ac 24 5c 75 30 30
            30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c 22 2f 22 7d
            """
        let expected = hex.split(whereSeparator: \.isWhitespace).compactMap { UInt8($0, radix: 16) }
        #expect(try canonicalBytes(Array(Self.sample.utf8)) == expected)
    }

    @Test("RFC 8785 section 3.2.2: the number of the sample that would be rounded is refused")
    func sampleNumber() {
        #expect(refusal("333333333.33333329") == CanonicalJSONError(.inexactNumber, at: 0))
    }

    @Test("RFC 8785 section 3.2.3: the sorting example")
    func sortingExample() throws {
        let text = #"""
            {
              "\u20ac": "Euro Sign",
              "\r": "Carriage Return",
              "\ufb33": "Hebrew Letter Dalet With Dagesh",
              "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face",
              "\u0080": "Control",
              "\u00f6": "Latin Small Letter O With Diaeresis"
            }
            """#
        let expected =
            #"{"\r":"Carriage Return","1":"One",""# + "\u{80}" + #"":"Control",""# + "\u{F6}"
            + #"":"Latin Small Letter O With Diaeresis",""# + "\u{20AC}" + #"":"Euro Sign",""# + "\u{1F600}"
            + #"":"Emoji: Grinning Face",""# + "\u{FB33}" + #"":"Hebrew Letter Dalet With Dagesh"}"#
        #expect(sameBytes(try canonicalText(text), expected))
    }

    @Test(
        "Texts and their canonical form",
        arguments: [
            ("null", "null"), (" true\n", "true"), ("\t\r\n false ", "false"), ("\"\"", "\"\""), ("[ ]", "[]"),
            ("{ }", "{}"),
            (#" [ 1 , 2 , [ ] , { } ] "#, "[1,2,[],{}]"),
            (#"{"b":1,"a":2}"#, #"{"a":2,"b":1}"#),
            (#"{"a":1,"A":2,"":3,"aa":4}"#, #"{"":3,"A":2,"a":1,"aa":4}"#),
            (#"{"c":{"z":1,"y":[{"b":0,"a":1}]},"b":{},"a":[]}"#, #"{"a":[],"b":{},"c":{"y":[{"a":1,"b":0}],"z":1}}"#),
            // RFC 8785's own test data: arrays.json and structures.json.
            (#"[56,{"d":true,"10":null,"1":[ ]}]"#, #"[56,{"1":[],"10":null,"d":true}]"#),
            (
                #"{"1":{"f":{"f":"hi","F":5} ,"\n":56.0},"10":{ },"":"empty","a":{ },"#
                    + #""111":[ {"e":"yes","E":"no" } ],"A":{ }}"#,
                #"{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}"#
            ),
            // Escaped and unescaped spellings of names sort by what they stand for: \n < " < \ < a.
            (#"{"a":1,"\\":2,"\"":3,"\n":4}"#, #"{"\n":4,"\"":3,"\\":2,"a":1}"#),
            (#"{"\u0062":1,"\u0061":2}"#, #"{"a":2,"b":1}"#),
            (#"{"a\u0000":1,"a":2}"#, #"{"a":2,"a\u0000":1}"#),
        ])
    func canonical(text: String, expected: String) throws {
        #expect(sameBytes(try canonicalText(text), expected))
    }

    @Test("Names sort by UTF-16 code units where those and UTF-8 differ")
    func utf16Order() throws {
        // From each side of the surrogates: U+D7FF < U+10000 (D800 DC00) < U+10FFFF < U+E000 < U+EE00 < U+FFFF.
        let ordered = [
            "", "\0", "z", "\u{80}", "\u{D7FF}", "\u{10000}", "\u{10000}a", "\u{10FFFF}", "\u{E000}", "\u{EE00}",
            "\u{FFFF}",
        ]
        for (index, first) in ordered.enumerated() {
            for second in ordered[(index + 1)...] {
                for prefix in ["", "\u{20AC}", "\u{1F600}"] {
                    let (low, high) = (prefix + first, prefix + second)
                    let expected = "{\(quoted(low)):0,\(quoted(high)):1}"
                    #expect(sameBytes(try canonicalText("{\(quoted(high)):1,\(quoted(low)):0}"), expected))
                    #expect(sameBytes(try canonicalText("{\(escaped(high)):1,\(quoted(low)):0}"), expected))
                    #expect(sameBytes(try canonicalText("{\(escaped(high)):1,\(escaped(low)):0}"), expected))
                }
            }
        }
    }

    private func quoted(_ string: String) -> String {
        "\"" + string.replacing("\0", with: "\\u0000") + "\""
    }

    private func escaped(_ string: String) -> String {
        let units = string.utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        return "\"" + units.joined() + "\""
    }

    @Test("10,000 members in reverse order, and the same 10,000 twice")
    func manyMembers() throws {
        let members = (10_000..<20_000).map { "\"\($0)\":\($0)" }
        let expected = "{" + members.joined(separator: ",") + "}"
        #expect(sameBytes(try canonicalText("{" + members.reversed().joined(separator: ",") + "}"), expected))

        let twice = "{" + (members.reversed() + members).joined(separator: ",") + "}"
        let offset = 1 + 10_000 * "\"10000\":10000,".utf8.count
        #expect(refusal(twice) == CanonicalJSONError(.duplicateName, at: offset))
    }

    @Test("Reversed objects nested as deep as allowed")
    func nestedReversed() throws {
        var text = "0"
        var expected = "0"
        for _ in 0..<128 {
            text = #"{ "b" : \#(text), "a" : 1 }"#
            expected = #"{"a":1,"b":\#(expected)}"#
        }
        #expect(sameBytes(try canonicalText(text), expected))
    }

    @Test("A text is appended to what the output holds, again and again")
    func appends() throws {
        var output: [UInt8] = []
        for text in ["[1, 2]", "{\"b\":0,\"a\":1}", "3"] {
            let bytes = Array(text.utf8)
            let span = bytes.span
            try CanonicalJSON.canonicalize(span.bytes, into: &output)
        }
        #expect(String(decoding: output, as: UTF8.self) == "[1,2]{\"a\":1,\"b\":0}3")
    }
}
