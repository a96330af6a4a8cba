import CairnHash
import CairnLedger
import Testing

/// A change of members on its way from hand to hand.
struct MemberChangeDraftTests {
    private let present = Samples.epoch(Samples.members([1, 1, 1]), 2)
    private let next = Samples.members([1, 1, 1, 1])

    private func draft(_ signers: [UInt8] = []) -> MemberChangeDraft {
        var draft = MemberChangeDraft(chain: self.present.chain, epoch: self.present.epoch, next: self.next)
        for number in signers { draft.sign(with: Samples.key(number)) }
        return draft
    }

    @Test func signaturesComeTogetherInAnyOrder() throws {
        var draft = self.draft([4, 3])
        try draft.merge(self.draft([1, 3]))
        let change = try draft.change(present: self.present)
        #expect(change.signatures.map(\.member) == [0, 2])
        #expect(change.joining.count == 1)
        try change.verify(present: self.present)
    }

    @Test func whatIsMissingIsNamed() {
        func expect(_ error: MemberChangeError, _ signers: [UInt8]) {
            #expect(throws: error) { try self.draft(signers).change(present: self.present) }
        }
        expect(.missingSignature(Samples.key(4).publicKey), [1, 2, 3])
        expect(.noQuorum(power: 1, neededPower: 2), [1, 4])
        expect(.unknownSigner(Samples.key(9).publicKey), [1, 2, 4, 9])
    }

    @Test func onlyDraftsOfTheSameChangeAreJoined() {
        var draft = self.draft()
        let otherChain = MemberChangeDraft(chain: Samples.digest(2), epoch: 2, next: self.next)
        #expect(throws: MemberChangeError.otherChain(expected: Samples.digest(1), found: Samples.digest(2))) {
            try draft.merge(otherChain)
        }
        let otherEpoch = MemberChangeDraft(chain: Samples.digest(1), epoch: 3, next: self.next)
        #expect(throws: MemberChangeError.otherEpoch(expected: 2, found: 3)) { try draft.merge(otherEpoch) }
        let otherNext = MemberChangeDraft(chain: Samples.digest(1), epoch: 2, next: Samples.members([1]))
        #expect(throws: MemberChangeError.otherMembers) { try draft.merge(otherNext) }
        #expect(throws: MemberChangeError.otherEpoch(expected: 2, found: 3)) {
            var late = MemberChangeDraft(chain: Samples.digest(1), epoch: 3, next: self.next)
            for number: UInt8 in [1, 2, 4] { late.sign(with: Samples.key(number)) }
            return try late.change(present: self.present)
        }
        #expect(throws: MemberChangeError.otherChain(expected: Samples.digest(1), found: Samples.digest(2))) {
            try otherChain.change(present: self.present)
        }
    }

    @Test func theFileForm() throws {
        let draft = self.draft([4, 1])
        let bytes = draft.encoded()
        #expect(try MemberChangeDraft(decoding: bytes.span.bytes) == draft)
        let text = String(decoding: bytes, as: UTF8.self)
        let spaced = " " + text.replacing(",", with: ",\n  ") + "\n"
        #expect(try MemberChangeDraft(decoding: Array(spaced.utf8).span.bytes) == draft)
        for count in 0..<bytes.count {
            #expect(throws: MemberChangeError.self) {
                try MemberChangeDraft(decoding: Array(bytes.prefix(count)).span.bytes)
            }
        }
        let chain = Samples.digest(1).description
        for (part, other, error) in [
            (#""epoch":2"#, #""epoch":2,"extra":1"#, AnnexError.unknownField("change.extra")),
            (#""epoch":2"#, #""epoch":-2"#, .invalidField("change.epoch")),
            (chain, "00", .invalidField("change.chain")),
            (#""signature":""#, #""signature":"zz"#, .invalidField("change.signatures.signature")),
            (#""signatures":[{"key":""#, #""signatures":[{"key":"0"#, .invalidField("change.signatures.key")),
        ] {
            let changed = text.replacing(part, with: other)
            #expect(changed != text)
            #expect(throws: MemberChangeError.form(error)) {
                try MemberChangeDraft(decoding: Array(changed.utf8).span.bytes)
            }
        }
    }

    @Test func oneSignatureAKey() throws {
        let draft = self.draft([1])
        let key = Samples.key(1).publicKey
        let signature = try #require(draft.signatures[key])
        let item = "{\"key\":\"\(key)\",\"signature\":\"\(Hex.encode(signature.bytes))\"}"
        let text = String(decoding: draft.encoded(), as: UTF8.self)
        #expect(text.contains(item))
        let twice = text.replacing(item, with: item + "," + item)
        #expect(throws: MemberChangeError.form(.invalidField("change.signatures"))) {
            try MemberChangeDraft(decoding: Array(twice.utf8).span.bytes)
        }
    }
}
