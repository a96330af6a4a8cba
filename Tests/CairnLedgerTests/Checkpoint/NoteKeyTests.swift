import CairnLedger
import Testing

struct NoteKeyTests {
    private static let good = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

    @Test func textAndBack() throws {
        let key = try NoteKey(vkey: Self.good)
        #expect(key.vkey == Self.good)
        #expect(key.name == "example.com/foo")
        #expect(key.kind == .log)
        #expect(key.id == 0x530d_903a)
        // Base64 may have plus signs.
        for number in UInt8(0)..<40 {
            let key = try NoteKey(name: "n", kind: .cosigner, publicKey: Samples.key(number).publicKey)
            #expect(try NoteKey(vkey: key.vkey) == key)
        }
    }

    @Test func whatIsNoKey() throws {
        for (text, error) in [
            ("", NoteKeyError.notThreeParts), ("a+530d903a", .notThreeParts),
            (Self.good.replacing("530d", with: "530D"), .badID), (Self.good.replacing("530d", with: "530"), .badID),
            (Self.good.replacing("530d903a", with: "530d903b"), .otherID),
            (Self.good.replacing("/foo", with: "/fo0"), .otherID),
            (Self.good + "=", .badBase64), (Self.good.replacing("AekyeRrm", with: "Aeky Rrm"), .badBase64),
            ("a+530d903a+", .badBase64), ("a+530d903a+BgAA", .unknownType(6)),
            ("a+530d903a+AQAA", .wrongSize(bytes: 2)),
            (Self.good.replacing("example", with: "exa mple"), .badName("exa mple.com/foo")),
            ("+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", .badName("")),
        ] {
            #expect(throws: error, "\(text)") { try NoteKey(vkey: text) }
        }
    }

    @Test func namesAreBytes() throws {
        // Two spellings of one letter, which Swift takes for the same text.
        let one = try NoteKey(name: "\u{E9}", kind: .log, publicKey: Samples.key(1).publicKey)
        let other = try NoteKey(name: "e\u{301}", kind: .log, publicKey: Samples.key(1).publicKey)
        #expect(one.name != other.name)
        #expect(one.id != other.id)
    }
}
