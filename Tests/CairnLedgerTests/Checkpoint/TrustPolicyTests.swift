import CairnLedger
import Testing

struct TrustPolicyTests {
    private static func key(_ number: UInt8, _ kind: NoteKey.Kind, _ name: ExactText) throws -> NoteKey {
        try NoteKey(name: name, kind: kind, publicKey: Samples.key(number).publicKey)
    }

    private static func log() throws -> String { try Self.key(1, .log, "example.com/log").vkey }
    private static func witness(_ number: UInt8) throws -> String {
        try Self.key(number, .cosigner, ExactText("w/\(number)")).vkey
    }

    /// The example of tlog-policy, with keys.
    private static func example() throws -> String {
        """
        log \(try log())

        witness X1 \(try witness(11))
        witness X2 \(try witness(12))  https://x2.example/
        \twitness\tX3 \(try witness(13))
        group X-witnesses 2 X1 X2 X3
          # Those of another organisation.
        witness Y1 \(try witness(21))
        witness Y2 \(try witness(22))
        group Y-witnesses any Y1 Y2

        group X-and-Y all X-witnesses Y-witnesses
        quorum X-and-Y

        """
    }

    private func parse(_ text: String) throws -> TrustPolicy { try TrustPolicy(parsing: text.utf8) }

    private func checkpoint(cosignedBy numbers: [UInt8], log: UInt8 = 1) throws -> SignedCheckpoint {
        let checkpoint = Checkpoint(origin: "example.com/log", size: 5, root: Samples.digest(5))
        var signed = SignedCheckpoint(checkpoint, signatures: [])
        let signer = try NoteSigner(name: "example.com/log", kind: .log, privateKey: Samples.key(log))
        signed.append(signer.sign(checkpoint.text, time: 0))
        for number in numbers {
            let signer = try NoteSigner(
                name: ExactText("w/\(number)"), kind: .cosigner, privateKey: Samples.key(number))
            signed.append(signer.sign(checkpoint.text, time: UInt64(number)))
        }
        return signed
    }

    @Test(arguments: [
        ([], false), ([11, 12], false), ([11, 12, 13], false), ([21], false), ([11, 21], false), ([11, 12, 21], true),
        ([12, 13, 22], true), ([11, 12, 13, 21, 22], true), ([11, 12, 99], false),
    ])
    func groupsOfGroups(cosigners: [UInt8], isTrusted: Bool) throws {
        let policy = try self.parse(Self.example())
        let signed = try self.checkpoint(cosignedBy: cosigners)
        if isTrusted {
            #expect(try policy.verify(signed).cosignatures.map { UInt8($0.time) } == cosigners)
        } else {
            #expect(throws: PolicyViolation.self) { try policy.verify(signed) }
        }
    }

    @Test func textAndBack() throws {
        var policy = try self.parse(Self.example())
        #expect(policy.logs.count == 1 && policy.witnesses.count == 5 && policy.groups.map(\.threshold) == [2, 1, 2])
        #expect(policy.witnesses[1].url == "https://x2.example/")
        #expect(try TrustPolicy(parsing: policy.text) == policy)
        policy.comments = ["Anything."]
        #expect(policy.text.starts(with: "# Anything.\nlog ".utf8))
    }

    @Test func logs() throws {
        let policy = try self.parse("log \(Self.log()) https://example.com\nquorum none\n")
        #expect(try policy.verify(self.checkpoint(cosignedBy: [])).logs.count == 1)
        #expect(throws: PolicyViolation.note(.noKnownKey)) {
            try policy.verify(self.checkpoint(cosignedBy: [], log: 2))
        }
        var other = try self.checkpoint(cosignedBy: [])
        other = SignedCheckpoint(
            Checkpoint(origin: "example.com/other", size: 5, root: Samples.digest(5)), signatures: other.note.signatures
        )
        #expect(throws: PolicyViolation.unknownLog("example.com/other")) { try policy.verify(other) }
        // A known witness whose signature is wrong spoils the note, needed or not.
        let strict = try self.parse("log \(Self.log())\nwitness w \(Self.witness(11))\nquorum none\n")
        let good = try self.checkpoint(cosignedBy: [11])
        var line = good.note.signatures[1]
        line.bytes[20] ^= 1
        let bad = SignedCheckpoint(good.checkpoint, signatures: [good.note.signatures[0], line])
        #expect(throws: PolicyViolation.note(.badSignature(name: "w/11"))) { try strict.verify(bad) }
        // A cosignature alone is no log's signature.
        let cosigned = SignedCheckpoint(good.checkpoint, signatures: [good.note.signatures[1]])
        #expect(throws: PolicyViolation.note(.noKnownKey)) { try strict.verify(cosigned) }
    }

    @Test func whatIsNoPolicy() throws {
        let (log, w1, w2) = (try Self.log(), try Self.witness(1), try Self.witness(2))
        for (text, number, reason) in [
            ("quorum x\n", 1, PolicyError.Reason.unknownName("x")),
            ("log \(log)\nlog \(log)\n", 2, .duplicateKey),
            ("log \(w1)\n", 1, .keyOfOtherKind(.cosigner, needed: .log)),
            ("witness a \(log)\n", 1, .keyOfOtherKind(.log, needed: .cosigner)),
            ("log x\n", 1, .key(.notThreeParts)),
            ("log\n", 1, .wrongItems), ("log \(log) a b\n", 1, .wrongItems), ("witness a\n", 1, .wrongItems),
            ("\n\nlogs \(log)\n", 3, .unknownKeyword("logs")),
            ("quorum none\nquorum none\n", 2, .secondQuorum),
            ("witness none \(w1)\n", 1, .nameTaken("none")),
            ("witness a \(w1)\nwitness a \(w2)\n", 2, .nameTaken("a")),
            ("witness a \(w1)\nwitness b \(w1)\n", 2, .duplicateKey),
            ("witness a \(w1)\ngroup g 2 a\n", 2, .badThreshold("2")),
            ("witness a \(w1)\ngroup g 0 a\n", 2, .badThreshold("0")),
            ("witness a \(w1)\ngroup g 01 a\n", 2, .badThreshold("01")),
            ("witness a \(w1)\ngroup g all a a\n", 2, .nameInTwoGroups("a")),
            ("witness a \(w1)\ngroup g all a\ngroup h all a\n", 3, .nameInTwoGroups("a")),
            ("witness a \(w1)\ngroup g all g\n", 2, .unknownName("g")),
            ("witness a \(w1)\ngroup a all a\n", 2, .nameTaken("a")),
            ("witness a \(w1)\ngroup g all none\n", 2, .unknownName("none")),
            ("group g all\n", 1, .wrongItems), ("a\u{1}b\n", 1, .controlCharacter), ("#\u{7F}\n", 1, .controlCharacter),
        ] {
            #expect(throws: PolicyError.line(number: number, reason), "\(text)") { try self.parse(text) }
        }
        #expect(throws: PolicyError.noQuorum) { try self.parse("log \(log)\n") }
        #expect(throws: PolicyError.cutShort) { try self.parse("quorum none") }
        #expect(throws: PolicyError.cutShort) { try self.parse("") }
        // Bytes that are no UTF-8 may be names.
        let bytes = Array("witness ".utf8) + [0xFF] + Array(" \(w1)\nquorum ".utf8) + [0xFF, 0x0A]
        #expect(try TrustPolicy(parsing: bytes).quorum == ExactText(bytes: [0xFF]))
        let large = [UInt8](repeating: 0x0A, count: Limits.policyBytesMax + 1)
        #expect(throws: PolicyError.tooLarge(bytes: large.count, limit: Limits.policyBytesMax)) {
            try TrustPolicy(parsing: large)
        }
    }

    /// However powers lie, any set that the policy lets through is a quorum.
    @Test(
        arguments: [[1], [1, 1, 1], [1, 1, 1, 1], [5, 1, 1, 1], [3, 2, 2, 1, 1], [7, 7, 1]], FaultModel.allCases)
    func aLedgersPolicyIsNeverTooWeak(powers: [UInt64], faultModel: FaultModel) throws {
        let four = try FourMembers(powers, faultModel)
        let policy = try four.policy()
        let checkpoint = Checkpoint(origin: FourMembers.origin, size: 3, root: Samples.digest(3))
        #expect(try TrustPolicy(parsing: policy.text).quorum == "members")
        var trusted = 0
        for set in 1..<(1 << powers.count) {
            let signers = powers.indices.filter { set & 1 << $0 != 0 }
            guard (try? policy.verify(four.signed(checkpoint, by: signers))) != nil else { continue }
            trusted += 1
            #expect(signers.reduce(0) { $0 + powers[$1] } >= four.members.quorumPower)
        }
        #expect(trusted > 0)
        let isEqual = Set(powers).count == 1
        #expect(policy.comments.contains { $0.contains("different powers") } == !isEqual)
        if isEqual { #expect(policy.groups[0].threshold == Int(four.members.quorumPower)) }
    }
}
