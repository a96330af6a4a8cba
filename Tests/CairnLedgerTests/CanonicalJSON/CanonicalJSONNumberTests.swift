import CairnLedger
import Testing

@Suite("Canonical JSON: numbers")
struct CanonicalJSONNumberTests {
    @Test(
        "RFC 8785 appendix B: doubles by their bits",
        arguments: [
            (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"), (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
            (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
            (0xC340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x7FFF_FFFF_FFFF_FFFF, nil), (0x7FF0_0000_0000_0000, nil),
            (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"),
            (0x44B5_2D02_C7E1_4AF6, "1e+23"), (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"),
            (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"), (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"),
            (0x444B_1AE4_D6E2_EF50, "1e+21"), (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"),
            (0x3EB0_C6F7_A0B5_ED8D, "0.000001"), (0x41B3_DE43_5555_5553, "333333333.3333332"),
            (0x41B3_DE43_5555_5554, "333333333.33333325"), (0x41B3_DE43_5555_5555, "333333333.3333333"),
            (0x41B3_DE43_5555_5556, "333333333.3333334"), (0x41B3_DE43_5555_5557, "333333333.33333343"),
            (0xBECB_F647_612F_3696, "-0.0000033333333333333333"), (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
        ] as [(UInt64, String?)])
    func appendixB(bits: UInt64, expected: String?) throws {
        #expect(JSONNumber(Double(bitPattern: bits))?.text == expected)
        if let expected {
            // And what it prints is a number's canonical text.
            #expect(try canonicalText(expected) == expected)
        }
    }

    @Test(
        "Spellings of a number and its canonical text",
        arguments: [
            ("0", "0"), ("-0", "0"), ("0.0", "0"), ("-0.000e5", "0"), ("0e9999", "0"), ("0e99999999999999999999", "0"),
            ("-0E-99999999999999999999", "0"), ("1.0", "1"), ("-1.50", "-1.5"), ("10e-1", "1"), ("0.1", "0.1"),
            ("1E2", "100"),
            ("12.5e1", "125"), ("1e20", "100000000000000000000"), ("1e21", "1e+21"), ("-1e+21", "-1e+21"),
            ("123e20", "1.23e+22"),
            ("0.000001", "0.000001"), ("1e-6", "0.000001"), ("0.0000001", "1e-7"), ("123e-8", "0.00000123"),
            ("1.5e-7", "1.5e-7"),
            ("9007199254740991", "9007199254740991"), ("9007199254740992", "9007199254740992"),
            ("9007199254740994", "9007199254740994"), ("-9007199254740992", "-9007199254740992"),
            ("90071992547409920", "90071992547409920"), ("100000000000000000000", "100000000000000000000"),
            ("1000000000000000000000", "1e+21"), ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("5e-324", "5e-324"),
            ("0.5e-323", "5e-324"), ("2.2250738585072014e-308", "2.2250738585072014e-308"), ("4.35", "4.35"),
            ("123456789012345.6", "123456789012345.6"),
        ])
    func accepted(text: String, expected: String) throws {
        #expect(try canonicalText(text) == expected)
        #expect(try canonicalText("[\(text) ,\(text)]") == "[\(expected),\(expected)]")
        guard text != expected else { return }
        let bytes = Array(text.utf8)
        let span = bytes.span
        let isCanonical = CanonicalJSON.isCanonical(span.bytes)
        #expect(!isCanonical)
    }

    @Test(
        "Numbers that would be rounded, and numbers too large or too small",
        arguments: [
            ("9007199254740993", .inexactNumber), ("-9007199254740993", .inexactNumber),
            ("9007199254740995", .inexactNumber),
            ("0.1000000000000000055", .inexactNumber), ("0.10000000000000001", .inexactNumber),
            ("333333333.33333329", .inexactNumber), ("295147905179352825856", .inexactNumber),
            ("18446744073709551615", .inexactNumber),
            ("123456789012345678901234567890", .inexactNumber), ("4.9406564584124654e-324", .inexactNumber),
            ("4e-324", .inexactNumber), ("1.7976931348623158e308", .inexactNumber), ("1e400", .numberOutOfRange),
            ("1E400", .numberOutOfRange), ("-1e309", .numberOutOfRange), ("1.7976931348623159e308", .numberOutOfRange),
            ("1e-400", .numberOutOfRange), ("2e-324", .numberOutOfRange),
            ("1e999999999999999999999", .numberOutOfRange),
            ("1e-999999999999999999999", .numberOutOfRange),
        ] as [(String, CanonicalJSONError.Reason)])
    func refused(text: String, reason: CanonicalJSONError.Reason) {
        #expect(refusal(text) == CanonicalJSONError(reason, at: 0))
        #expect(refusal("[0,\(text)]") == CanonicalJSONError(reason, at: 3))
    }

    @Test("A million digits: what they amount to decides, in linear time")
    func longNumbers() throws {
        let zeros = String(repeating: "0", count: 1_000_000)
        #expect(try canonicalText("0.\(zeros)") == "0")
        #expect(try canonicalText("1\(zeros)e-1000000") == "1")
        #expect(try canonicalText("0.\(zeros)12e1000002") == "12")
        #expect(try canonicalText("1.5\(zeros)") == "1.5")
        #expect(try canonicalText("15e-\(zeros)1") == "1.5")
        #expect(refusal("1\(zeros)") == CanonicalJSONError(.numberOutOfRange, at: 0))
        #expect(refusal("0.\(zeros)1") == CanonicalJSONError(.numberOutOfRange, at: 0))
        #expect(refusal("1.\(zeros)1") == CanonicalJSONError(.inexactNumber, at: 0))
        #expect(refusal("1e1\(zeros)") == CanonicalJSONError(.numberOutOfRange, at: 0))
    }

    @Test("A decimal of up to 15 digits has the text of its double")
    func shortDecimals() throws {
        // Knuth's MMIX generator: the same numbers in each run.
        var state: UInt64 = 1
        func next(below bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 11) % bound
        }
        for _ in 0..<2_000 {
            let digits = 1 + next(below: 999_999_999_999_999)
            let exponent = Int(next(below: 640)) - 320
            let text = "\(digits)e\(exponent)"
            guard let double = Double(text), double.isFinite, double.isNormal else { continue }
            #expect(try canonicalText(text) == JSONNumber(double)?.text, "\(text)")
        }
    }
}
