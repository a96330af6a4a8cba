import CairnLedger
import Testing

struct Base64Tests {
    // RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func publishedVectors(bytes: String, text: String) {
        #expect(Base64.encode(Array(bytes.utf8)) == text)
        #expect(Base64.decode(text) == Array(bytes.utf8))
    }

    @Test func everyByteInEveryPlace() {
        for byte in UInt8.min...UInt8.max {
            for bytes in [[byte], [0, byte], [1, 2, byte], [byte, 255, 3, byte]] {
                #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            }
        }
    }

    /// Whatever is read is what would have been written: every text of up to four characters of a small alphabet.
    @Test func onlyWhatEncodingWritesIsRead() {
        let characters = Array("AQgwZ/+=-\n".utf8)
        var texts: [[UInt8]] = [[]]
        for _ in 0..<4 {
            texts += texts.flatMap { text in characters.map { text + [$0] } }
        }
        for text in Set(texts) {
            let text = String(decoding: text, as: UTF8.self)
            if let bytes = Base64.decode(text) { #expect(Base64.encode(bytes) == text) }
        }
    }

    @Test(arguments: [
        // Too short, padding missing, too much, in the middle, or alone.
        "Z", "Zg", "Zg=", "Zm8", "Z===", "====", "=AAA", "Zg==Zg==", "Zg=a", "Zm9v=", "Zm9v====",
        // Bits behind the last byte.
        "Zh==", "Zm9=", "/x==", "//9=",
        // Other alphabets, white space, other characters.
        "Zm-_", "Zm9v\n", " Zm9", "Zm9\0", "Zm9é", "Ｚg==",
    ])
    func otherTextsAreRefused(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
