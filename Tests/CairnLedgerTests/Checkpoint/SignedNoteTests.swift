import CairnLedger
import Testing

struct SignedNoteTests {
    /// signed-note, section "Example".
    private static let key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    private static let line =
        "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
    private static let example = "This is an example message.\n\n" + line

    private func parse(_ text: String) throws -> SignedNote { try SignedNote(parsing: text.utf8) }

    @Test func theExampleOfTheSpecification() throws {
        let note = try self.parse(Self.example)
        let key = try NoteKey(vkey: Self.key)
        #expect(String(decoding: note.text, as: UTF8.self) == "This is an example message.\n")
        #expect(try note.verify(by: [key]) == [VerifiedSignature(key: key)])
        #expect(note.bytes == Array(Self.example.utf8))
    }

    @Test func theTextEndsAtTheLastEmptyLine() throws {
        let note = try self.parse("a\n\nb\n\n" + Self.line)
        #expect(String(decoding: note.text, as: UTF8.self) == "a\n\nb\n")
    }

    @Test func whatIsNoNote() {
        for (text, error) in [
            ("", NoteError.noSignatures), ("text\n", .noSignatures), ("text\n" + Self.line, .noSignatures),
            ("text\n\n", .noSignatures),
            ("te\txt\n\n" + Self.line, .controlCharacter(offset: 2)),
            ("text\r\n\n" + Self.line, .controlCharacter(offset: 4)),
            (String(Self.example.dropLast()), .cutShort),
            ("text\n\n- a AAAAAAA=\n", .badSignatureLine(number: 1)),
            ("text\n\n— a\n", .badSignatureLine(number: 1)),
            ("text\n\n— a+b AAAAAAA=\n", .badSignatureLine(number: 1)),
            ("text\n\n— a\u{A0}b AAAAAAA=\n", .badSignatureLine(number: 1)),
            ("text\n\n— a AAAAAA==\n", .badSignatureLine(number: 1)),
            ("text\n\n— a AAAAAAB=\n", .badSignatureLine(number: 1)),
            ("text\n\n— a AAAAAAA\n", .badSignatureLine(number: 1)),
            ("text\n\n— a AAAAAAA= \n", .badSignatureLine(number: 1)),
            (Self.example + "\n", .badSignatureLine(number: 2)),
            (Self.example + Self.line, .duplicateSignature(name: "example.com/foo")),
        ] {
            #expect(throws: error) { try self.parse(text) }
        }
        #expect(throws: NoteError.notUTF8) { try SignedNote(parsing: [0xC3, 0x28, 0x0A]) }
        let many = (0...Limits.noteSignaturesMax).map { "— k\($0) AAAAAAA=\n" }.joined()
        #expect(throws: NoteError.tooManySignatures(count: 101, limit: 100)) { try self.parse("a\n\n" + many) }
        let large = String(repeating: "a", count: Limits.noteBytesMax)
        #expect(throws: NoteError.tooLarge(bytes: large.utf8.count + 1, limit: Limits.noteBytesMax)) {
            try self.parse(large + "\n")
        }
    }

    @Test func signaturesThatDoNotCount() throws {
        let key = try NoteKey(vkey: Self.key)
        let other = try NoteKey(name: "example.com/foo", kind: .log, publicKey: Samples.key(1).publicKey)
        let note = try self.parse(Self.example)
        #expect(throws: NoteError.noKnownKey) { try note.verify(by: [other]) }
        #expect(throws: NoteError.noKnownKey) { try note.verify(by: []) }
        // One byte of the text is another.
        let changed = try self.parse(Self.example.replacing("example message", with: "example massage"))
        #expect(throws: NoteError.badSignature(name: "example.com/foo")) { try changed.verify(by: [key]) }
        // The same key and name as a cosigner's have another ID.
        let cosigner = try NoteKey(name: key.name, kind: .cosigner, publicKey: key.publicKey)
        #expect(cosigner.id != key.id)
        #expect(throws: NoteError.noKnownKey) { try note.verify(by: [cosigner]) }
    }

    @Test func everyBeginningIsRefusedOrHasFewerSignatures() throws {
        let whole = try FourMembers().signed(
            Checkpoint(origin: "a b", size: 9, root: Samples.digest(1)), by: [0, 1, 2, 3]
        ).bytes
        for count in 0..<whole.count {
            guard let note = try? SignedNote(parsing: whole[..<count]) else { continue }
            #expect(note.signatures.count < 8)
            #expect(note.bytes == Array(whole[..<count]))
        }
    }
}
