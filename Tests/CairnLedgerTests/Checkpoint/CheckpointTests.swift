import CairnHash
import CairnLedger
import Testing

struct CheckpointTests {
    /// The example of tlog-checkpoint.
    private static let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

    private func parse(_ text: String) throws -> Checkpoint { try Checkpoint(text: Array(text.utf8)) }

    @Test func textAndBack() throws {
        let checkpoint = try self.parse(Self.text)
        #expect(checkpoint.origin == "example.com/behind-the-sofa")
        #expect(checkpoint.size == 20_852_163)
        #expect(checkpoint.root.description == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62")
        #expect(checkpoint.text == Array(Self.text.utf8))
        let extended = try self.parse(Self.text + "one\ntwo\n")
        #expect(extended.extensions == ["one", "two"])
        #expect(extended.text == Array((Self.text + "one\ntwo\n").utf8))
    }

    @Test func whatIsNoCheckpoint() {
        for (text, error) in [
            ("", CheckpointError.tooFewLines), ("a\n1\n", .tooFewLines), (String(Self.text.dropLast()), .tooFewLines),
            (Self.text + "\n", .emptyLine(number: 4)), ("\n" + Self.text, .emptyLine(number: 1)),
            (Self.text + "\nx\n", .emptyLine(number: 4)),
            (Self.text.replacing("20852163", with: "020852163"), .badSize),
            (Self.text.replacing("20852163", with: "-1"), .badSize),
            (Self.text.replacing("20852163", with: "18446744073709551616"), .badSize),
            (Self.text.replacing("q2I=", with: "q2I"), .badRoot), (Self.text.replacing("q2I=", with: "q2J="), .badRoot),
            (Self.text.replacing("CsUY", with: ""), .badRoot),
            (Self.text.replacing("CsUY", with: "CsUYCsUY"), .badRoot),
        ] {
            #expect(throws: error, "\(text)") { try self.parse(text) }
        }
    }

    /// The message of tlog-cosignature's example.
    @Test func whatACosignerSigns() {
        let expected = "cosignature/v1\ntime 1679315147\n" + Self.text
        #expect(Cosignature.message(time: 1_679_315_147, text: Array(Self.text.utf8)) == Array(expected.utf8))
        let signature = [UInt8](repeating: 1, count: 64)
        #expect(Cosignature(bytes: [0, 0, 0, 0, 0, 0, 0, 5] + signature)?.time == 5)
        // A time beyond 2^63 - 1 can't be, nor can another length.
        #expect(Cosignature(bytes: [0x80, 0, 0, 0, 0, 0, 0, 5] + signature) == nil)
        #expect(Cosignature(bytes: [0, 0, 0, 0, 0, 0, 0, 5] + signature.dropLast()) == nil)
        #expect(Cosignature(bytes: signature) == nil)
    }

    @Test func aChangedTimeIsNoticed() throws {
        let signer = try NoteSigner(name: "w", kind: .cosigner, privateKey: Samples.key(1))
        var signature = signer.sign(Array(Self.text.utf8), time: 7)
        #expect(signer.key.verify(signature, of: Array(Self.text.utf8))?.time == 7)
        signature.bytes[7] = 8
        #expect(signer.key.verify(signature, of: Array(Self.text.utf8)) == nil)
    }
}
