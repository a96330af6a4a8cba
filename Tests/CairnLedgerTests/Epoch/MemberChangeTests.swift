import CairnHash
import CairnLedger
import Testing

/// Every rule for a change of members, broken once.
struct MemberChangeTests {
    private let chain = Samples.digest(1)
    /// Keys 1, 2, 3 with powers 2, 1, 1: a quorum has 3.
    private let present = Samples.members([2, 1, 1])
    /// Key 2 leaves, 1 has less power, 4 and 5 join.
    private let next: MemberSet
    private let good: MemberChange

    init() throws {
        let members = [(1, 1), (5, 7), (3, 1), (4, 1)].map {
            Member(key: Samples.key(UInt8($0.0)).publicKey, power: UInt64($0.1))
        }
        self.next = try #require(MemberSet(members, faultModel: .bft))
        self.good = Samples.change(
            to: self.next, from: self.present, epoch: 6, chain: self.chain, signers: [1, 3], joining: [5, 4])
    }

    private func expect(_ error: MemberChangeError, _ change: (inout MemberChange) -> Void) {
        var changed = self.good
        change(&changed)
        #expect(throws: error) { try changed.verify(present: Samples.epoch(self.present, 6, of: self.chain)) }
        #expect(!"\(error)".isEmpty)
    }

    @Test func theGoodOneIsGood() throws {
        try self.good.verify(present: Samples.epoch(self.present, 6, of: self.chain))
        #expect(self.next.keys(joining: self.present) == [5, 4].map { Samples.key($0).publicKey })
    }

    @Test func itIsOfOneEpochAndChain() {
        self.expect(.otherEpoch(expected: 6, found: 7)) { $0.epoch = 7 }
        #expect(throws: MemberChangeError.otherEpoch(expected: 7, found: 6)) {
            try self.good.verify(present: Samples.epoch(self.present, 7, of: self.chain))
        }
        let key = Samples.key(1).publicKey
        #expect(throws: MemberChangeError.badSignature(key)) {
            try self.good.verify(present: Samples.epoch(self.present, 6, of: Samples.digest(2)))
        }
    }

    @Test func itIsOfOneNextSet() throws {
        let key = Samples.key(1).publicKey
        var members = self.next.members
        members.swapAt(0, 2)
        let swapped = try #require(MemberSet(members, faultModel: .bft))
        members = self.next.members
        members[3].power += 1
        let stronger = try #require(MemberSet(members, faultModel: .bft))
        let otherModel = try #require(MemberSet(self.next.members, faultModel: .majority))
        for other in [swapped, stronger, otherModel] {
            self.expect(.badSignature(key)) { $0.next = other }
        }
    }

    @Test func itChangesSomething() throws {
        let reversed = try #require(MemberSet(self.present.members.reversed(), faultModel: .majority))
        for same in [self.present, reversed] { self.expect(.sameMembers) { $0.next = same } }
    }

    @Test func aQuorumSigned() {
        self.expect(.noQuorum(power: 2, neededPower: 3)) { $0.signatures.removeLast() }
        self.expect(.noQuorum(power: 1, neededPower: 3)) { $0.signatures.removeFirst() }
        self.expect(.noQuorum(power: 0, neededPower: 3)) { $0.signatures = [] }
        self.expect(.signaturesOutOfOrder) { $0.signatures.swapAt(0, 1) }
        self.expect(.signaturesOutOfOrder) { $0.signatures[1] = $0.signatures[0] }
        self.expect(.unknownMember(3)) { $0.signatures[1].member = 3 }
        self.expect(.badSignature(Samples.key(2).publicKey)) { $0.signatures[1].member = 1 }
        self.expect(.badSignature(Samples.key(3).publicKey)) { $0.signatures[1].signature = $0.signatures[0].signature }
        // More than a quorum, and one of them wrong.
        self.expect(.badSignature(Samples.key(2).publicKey)) {
            $0.signatures.insert(.init(member: 1, signature: $0.signatures[0].signature), at: 1)
        }
    }

    @Test func allWhoJoinSigned() {
        self.expect(.joiningSignatures(expected: 2, found: 1)) { $0.joining.removeLast() }
        self.expect(.joiningSignatures(expected: 2, found: 3)) { $0.joining.append($0.joining[0]) }
        self.expect(.badSignature(Samples.key(5).publicKey)) { $0.joining.swapAt(0, 1) }
    }

    @Test func aVoteIsNoSignatureUnderAChange() {
        let vote = Vote(chain: self.chain, epoch: 6, view: 1, kind: .finalise, blockHash: self.next.contentHash)
        #expect(MemberChange.message(chain: self.chain, epoch: 6, next: self.next) != vote.message)
        self.expect(.badSignature(Samples.key(1).publicKey)) {
            $0.signatures[0].signature = Samples.key(1).sign(vote.message)
        }
    }

    // MARK: Form

    private func text() -> String { String(decoding: Annex(change: self.good).encoded(), as: UTF8.self) }

    @Test func itHasOneText() throws {
        let text = self.text()
        #expect(text.hasPrefix(#"{"change":{"epoch":6,"fault_model":"bft","joining":[""#))
        #expect(Annex.holdsChange(Array(text.utf8)))
        #expect(try Annex(decoding: Array(text.utf8).span.bytes).change == self.good)
        let both = Annex(
            change: self.good, submissions: SubmissionList([.init(id: Samples.id(1), offsets: 0..<1)]))
        #expect(Annex.holdsChange(both.encoded()))
        #expect(try Annex(decoding: both.encoded().span.bytes) == both)
        let settings = Annex(genesis: try Samples.settings()).encoded()
        #expect(!Annex.holdsChange(settings))
        #expect(!Annex.holdsChange([]))
    }

    @Test func otherTextsAreRefused() throws {
        let text = self.text()
        let digits = Hex.encode(self.good.joining[0].bytes)
        for (part, other, error) in [
            (#"{"epoch":6"#, #"{"apoch":6"#, AnnexError.unknownField("change.apoch")),
            (#""epoch":6"#, #""epoch":"6""#, .invalidField("change.epoch")),
            (#""fault_model":"bft""#, #""fault_model":"cft""#, .invalidField("change.fault_model")),
            (#""power":7"#, #""power":0"#, .invalidField("change.members")),
            (digits, digits.uppercased(), .invalidField("change")),
            (digits, String(digits.dropLast(2)), .invalidField("change.joining")),
            (#"[[0,"#, #"[[-1,"#, .invalidField("change.signatures")),
            (#"[[0,"#, #"[[65536,"#, .invalidField("change.signatures")),
            (#"[[0,"#, #"[[0,0,"#, .invalidField("change.signatures")),
        ] {
            let changed = text.replacing(part, with: other)
            #expect(changed != text)
            #expect(throws: error) { try Annex(decoding: Array(changed.utf8).span.bytes) }
        }
        for field in ["epoch", "fault_model", "joining", "members", "signatures"] {
            let canonical = Array(text.utf8)
            let annex = try JSONValue(canonical: canonical.span.bytes)
            var json = try #require(annex.object)
            var change = try #require(json["change"]?.object)
            change[field] = nil
            json["change"] = .object(change)
            var bytes: [UInt8] = []
            JSONValue.object(json).encode(into: &bytes)
            #expect(throws: AnnexError.missingField("change.\(field)")) { try Annex(decoding: bytes.span.bytes) }
        }
    }
}
