import CairnHash
import CairnLedger
import Testing

struct SignedVoteTests {
    private let members = Samples.members([1, 1, 1, 2], .bft)
    private let chain = Samples.digest(1)

    static func vote(
        _ kind: Vote.Kind = .notarise, member: UInt16 = 1, view: View = 9, block: UInt64 = 2
    ) -> SignedVote {
        let vote = Vote(
            chain: Samples.digest(1), epoch: 3, view: view, kind: kind,
            blockHash: kind == .nullify ? .zero : Samples.digest(block))
        return SignedVote(vote, member: member, signature: Samples.key(UInt8(member + 1)).sign(vote.message))
    }

    private func encoded(_ vote: SignedVote) -> [UInt8] {
        var bytes: [UInt8] = []
        vote.encode(into: &bytes)
        return bytes
    }

    @Test(arguments: Vote.Kind.allCases)
    func aVoteOfAMember(kind: Vote.Kind) throws {
        let vote = Self.vote(kind)
        try vote.verify(members: self.members, chain: self.chain)
        let bytes = self.encoded(vote)
        #expect(bytes.count == SignedVote.byteCount)
        #expect(try SignedVote(decoding: bytes.span.bytes) == vote)
    }

    @Test func votesThatDontCount() {
        let key = self.members.members[1].key
        func expect(_ error: VoteError, chain: Digest? = nil, _ change: (inout SignedVote) -> Void) {
            var vote = Self.vote()
            change(&vote)
            #expect(throws: error) { try vote.verify(members: self.members, chain: chain ?? self.chain) }
        }
        expect(.badSignature(member: key)) { $0.kind = .finalise }
        expect(.badSignature(member: key)) { $0.view = 10 }
        expect(.badSignature(member: key)) { $0.epoch = 4 }
        expect(.badSignature(member: key)) { $0.blockHash = Samples.digest(7) }
        expect(.badSignature(member: key), chain: Samples.digest(8)) { _ in }
        expect(.badSignature(member: self.members.members[2].key)) { $0.member = 2 }
        expect(.unknownMember(4)) { $0.member = 4 }
        expect(.wrongHash(.nullify)) { $0.kind = .nullify }
        expect(.wrongHash(.notarise)) { $0.blockHash = .zero }
    }

    @Test func bytesThatAreNoVote() {
        let bytes = self.encoded(Self.vote())
        for count in [0, 1, SignedVote.byteCount - 1, SignedVote.byteCount + 1] {
            let cut = Array((bytes + [0]).prefix(count))
            #expect(throws: VoteError.wrongSize(neededBytes: 115, availableBytes: count)) {
                try SignedVote(decoding: cut.span.bytes)
            }
        }
        for kind in [0, 6, 255] as [UInt8] {
            var bytes = bytes
            bytes[16] = kind
            #expect(throws: VoteError.unknownKind(kind)) { try SignedVote(decoding: bytes.span.bytes) }
        }
    }
}

struct EquivocationTests {
    private typealias Votes = SignedVoteTests

    @Test func whatContradicts() throws {
        let pairs = [
            (Votes.vote(.notarise, block: 2), Votes.vote(.notarise, block: 3)),
            (Votes.vote(.finalise, block: 2), Votes.vote(.finalise, block: 3)),
            (Votes.vote(.resolve, block: 2), Votes.vote(.resolve, block: 3)),
            (Votes.vote(.support, block: 2), Votes.vote(.support, block: 3)),
            (Votes.vote(.finalise), Votes.vote(.nullify)),
            (Votes.vote(.nullify), Votes.vote(.finalise)),
            // For one block too.
            (Votes.vote(.notarise), Votes.vote(.support)),
            (Votes.vote(.support), Votes.vote(.notarise, block: 3)),
        ]
        for (first, second) in pairs {
            let evidence = try #require(Equivocation(first, second))
            try evidence.verify(members: Samples.members([1, 1, 1, 2], .bft), chain: Samples.digest(1))
            #expect(evidence.member == 1 && evidence.view == 9 && evidence.epoch == 3)
            var bytes: [UInt8] = []
            evidence.encode(into: &bytes)
            #expect(try Equivocation(decoding: bytes.span.bytes) == evidence)
            #expect(throws: VoteError.wrongSize(neededBytes: 230, availableBytes: 229)) {
                try Equivocation(decoding: Array(bytes.dropLast()).span.bytes)
            }
        }
    }

    @Test func whatDoesNot() throws {
        let vote = Votes.vote(.notarise)
        for other in [
            vote, Votes.vote(.finalise), Votes.vote(.nullify), Votes.vote(.finalise, block: 3),
            Votes.vote(.notarise, view: 10, block: 3), Votes.vote(.notarise, member: 2, block: 3),
        ] {
            #expect(Equivocation(vote, other) == nil)
        }
        // Who nullified a view may support its block.
        let support = Votes.vote(.support)
        for other in [
            support, Votes.vote(.nullify), Votes.vote(.finalise, block: 3), Votes.vote(.notarise, view: 10),
            Votes.vote(.notarise, member: 2),
        ] {
            #expect(Equivocation(support, other) == nil)
        }
        var bytes: [UInt8] = []
        vote.encode(into: &bytes)
        vote.encode(into: &bytes)
        #expect(try Equivocation(decoding: bytes.span.bytes) == nil)
    }

    @Test func nobodyIsAccusedWithAVoteOfAnother() throws {
        var forged = Votes.vote(.notarise, block: 3)
        forged.signature = Votes.vote(.notarise, member: 2, block: 3).signature
        let evidence = try #require(Equivocation(Votes.vote(), forged))
        let members = Samples.members([1, 1, 1, 2], .bft)
        #expect(throws: VoteError.badSignature(member: members.members[1].key)) {
            try evidence.verify(members: members, chain: Samples.digest(1))
        }
    }
}
