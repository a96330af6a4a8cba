import CairnHash
import Testing

struct HexTests {
    @Test func everyByteBothWays() {
        for byte in UInt8.min...UInt8.max {
            let text = String(byte, radix: 16)
            let padded = text.count == 1 ? "0" + text : text
            #expect(Hex.encode([byte]) == padded)
            #expect(Hex.decode(padded) == [byte])
            #expect(Hex.decode(padded.uppercased()) == [byte])
        }
    }

    @Test func empty() {
        #expect(Hex.encode([]) == "")
        #expect(Hex.decode("") == [])
    }

    @Test func onlyHexadecimalDigitsAreRead() {
        for character in UInt8.min...UInt8.max {
            let text = String(decoding: [character, UInt8(ascii: "0")], as: UTF8.self)
            let isDigit = "0123456789abcdefABCDEF".utf8.contains(character)
            #expect((Hex.decode(text) != nil) == isDigit, "byte \(character)")
        }
    }

    @Test(arguments: ["0", "000", "0x00", " 00", "00 ", "0g", "é", "٠٠", "００"])
    func otherTextsAreRefused(text: String) {
        #expect(Hex.decode(text) == nil)
    }

    @Test func partsOfAString() {
        #expect(Hex.decode("xx00ffyy".dropFirst(2).dropLast(2)) == [0, 255])
    }
}
