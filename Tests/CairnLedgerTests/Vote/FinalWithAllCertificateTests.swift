import CairnHash
import CairnLedger
import Testing

/// Notarise votes of all members, which make a block final in some epochs.
struct FinalWithAllCertificateTests {
    private static let chain = Samples.digest(1)
    private static let block = Samples.digest(2)

    private static func certificate(
        _ places: [UInt16], _ kind: Vote.Kind = .notarise, support: Set<UInt16> = []
    ) -> Certificate {
        let empty = Certificate(kind: kind, epoch: 3, view: 9, blockHash: Self.block, votes: [])
        var certificate = empty
        certificate.votes = places.map { place in
            let isSupport = support.contains(place)
            let vote = Samples.vote(empty, isSupport ? .support : nil, chain: Self.chain)
            return Certificate.MemberSignature(
                member: place, signature: Samples.key(UInt8(place + 1)).sign(vote.message), isSupport: isSupport)
        }
        return certificate
    }

    private static func epoch(_ members: MemberSet, _ agreement: AgreementRule = .simplex2) -> EpochMembers {
        var settings = EpochSettings()
        settings.agreement = agreement
        return Samples.epoch(members, 3, of: Self.chain, settings: settings)
    }

    private static let four = Self.epoch(Samples.members([1, 1, 1, 1], .bft))

    private static func encoded(_ certificate: Certificate, besideKind: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = []
        if besideKind { certificate.encodeBesideKind(into: &bytes) } else { certificate.encode(into: &bytes) }
        return bytes
    }

    // MARK: Encoding

    @Test func whatStandsWithABlockSaysWhichVotesItHas() throws {
        let certificate = Self.certificate([0, 1, 2, 3])
        let bytes = Self.encoded(certificate)
        #expect(bytes[48..<50] == [0x80, 4] && bytes.count == certificate.encodedByteCount)
        #expect(try Certificate(decoding: bytes.span.bytes) == certificate)
        let finalise = Self.certificate([0, 1, 2], .finalise)
        #expect(Self.encoded(finalise)[48..<50] == [0, 3])
        #expect(try Certificate(decoding: Self.encoded(finalise).span.bytes) == finalise)
        // The size follows from the number without the flag.
        #expect(throws: CertificateError.wrongSize(neededBytes: bytes.count, availableBytes: bytes.count - 1)) {
            try Certificate(decoding: Array(bytes.dropLast()).span.bytes)
        }
    }

    @Test(arguments: [[], [3], [0, 2], [0, 1, 2, 3]] as [Set<UInt16>])
    func besideItsKindItSaysWhichVotesAreOfSupport(support: Set<UInt16>) throws {
        let certificate = Self.certificate([0, 1, 2, 3], support: support)
        let bytes = Self.encoded(certificate, besideKind: true)
        #expect(bytes[48..<50] == [0, 4])
        for place in 0..<4 {
            #expect(bytes[50 + 66 * place] == (support.contains(UInt16(place)) ? 0x80 : 0))
        }
        #expect(try Certificate(decoding: bytes.span.bytes, kind: .notarise) == certificate)
        // There is nobody to give such votes where they aren't of a notarisation.
        guard support == [3] else { return }
        let finalise = try Certificate(decoding: bytes.span.bytes, kind: .finalise)
        #expect(throws: CertificateError.badSignature(member: Self.four.members.members[0].key)) {
            try Self.four.verify(finalise, of: Self.block)
        }
        let withBlock = try Certificate(decoding: Self.encoded(certificate).span.bytes)
        #expect(throws: CertificateError.unknownMember(0x8003)) { try Self.four.verify(withBlock, of: Self.block) }
    }

    // MARK: What they make final

    @Test(
        arguments: [
            ([1, 1], .bft, .simplex2, true), ([1, 1, 1, 1], .bft, .simplex2, true),
            ([1, 1, 1, 2], .bft, .simplex2, true), ([1, 1, 1, 1, 1, 1], .bft, .simplex2, true),
            ([1, 1, 1, 1, 1, 1, 1], .bft, .simplex2, false),
            ([1, 1, 5], .bft, .simplex2, false), ([1, 1, 1, 1], .majority, .simplex2, false),
            ([1, 1, 1, 1], .bft, .simplex1, false),
        ] as [([UInt64], FaultModel, AgreementRule, Bool)])
    func whereThoseOfAllDo(powers: [UInt64], faultModel: FaultModel, agreement: AgreementRule, isFinal: Bool) throws {
        let own = Self.epoch(Samples.members(powers, faultModel), agreement)
        #expect(own.isFinalWithAll == isFinal)
        let all = (0..<powers.count).map(UInt16.init)
        let certificate = Self.certificate(all)
        if isFinal {
            try own.verify(certificate, of: Self.block)
        } else {
            #expect(throws: CertificateError.otherKind(.notarise)) { try own.verify(certificate, of: Self.block) }
        }
        // As a notarisation it is good everywhere, and finalise votes make a block final everywhere.
        try certificate.verify(members: own.members, chain: Self.chain)
        try own.verify(Self.certificate(all, .finalise), of: Self.block)
    }

    @Test func withoutTheVoteOfOneTheyDont() throws {
        for missing in 0..<4 {
            let certificate = Self.certificate((0..<4).filter { $0 != missing }.map(UInt16.init))
            try certificate.verify(members: Self.four.members, chain: Self.chain)
            #expect(throws: CertificateError.notOfAll(votes: 3, members: 4)) {
                try Self.four.verify(certificate, of: Self.block)
            }
        }
        // Three finalise votes do.
        try Self.four.verify(Self.certificate([0, 1, 3], .finalise), of: Self.block)
        #expect(throws: CertificateError.votesOutOfOrder) {
            try Self.four.verify(Self.certificate([0, 1, 2, 2]), of: Self.block)
        }
        #expect(throws: CertificateError.unknownMember(4)) {
            try Self.four.verify(Self.certificate([0, 1, 2, 4]), of: Self.block)
        }
    }

    @Test func supportIsNotTheVoteOfOneOfThem() throws {
        let certificate = Self.certificate([0, 1, 2, 3], support: [2])
        try certificate.verify(members: Self.four.members, chain: Self.chain)
        #expect(throws: CertificateError.notOfAll(votes: 4, members: 4)) {
            try Self.four.verify(certificate, of: Self.block)
        }
        // Nor can it be called one, or a vote be called support.
        let bad = CertificateError.badSignature(member: Self.four.members.members[2].key)
        var hidden = certificate
        hidden.votes[2].isSupport = false
        #expect(throws: bad) { try Self.four.verify(hidden, of: Self.block) }
        var marked = Self.certificate([0, 1, 2, 3])
        marked.votes[2].isSupport = true
        #expect(throws: bad) { try marked.verify(members: Self.four.members, chain: Self.chain) }
        var finalise = Self.certificate([0, 1, 2, 3], .finalise)
        finalise.votes[0].isSupport = true
        #expect(throws: CertificateError.otherKind(.support)) { try Self.four.verify(finalise, of: Self.block) }
    }

    @Test func votesThatAreWrong() throws {
        let good = Self.certificate([0, 1, 2, 3])
        try Self.four.verify(good, of: Self.block)
        for place in 0..<4 {
            var certificate = good
            certificate.votes[place].signature = Self.certificate([UInt16(place)], .finalise).votes[0].signature
            #expect(throws: CertificateError.badSignature(member: Self.four.members.members[place].key)) {
                try Self.four.verify(certificate, of: Self.block)
            }
        }
        let other = Samples.digest(3)
        #expect(throws: CertificateError.otherBlock(expected: other, found: Self.block)) {
            try Self.four.verify(good, of: other)
        }
        for kind in [Vote.Kind.support, .nullify, .resolve] {
            #expect(throws: CertificateError.otherKind(kind)) {
                try Self.four.verify(Self.certificate([0, 1, 2, 3], kind), of: Self.block)
            }
        }
    }

    @Test func aProofShowsThem() throws {
        let members = Self.four.members
        let header = BlockHeader(
            index: 3, timestamp: Samples.start, previousHash: Samples.digest(3), treeSize: 12,
            treeRoot: Samples.digest(1), annexHash: .zero, proposer: Samples.key(1).publicKey, epoch: 3)
        let checkpoint = Checkpoint(origin: "example.org/test", size: 12, root: Samples.digest(1))
        let empty = Certificate(kind: .notarise, epoch: 3, view: 9, blockHash: header.hash, votes: [])
        let message = Samples.vote(empty, chain: Self.chain).message
        for count: UInt16 in [3, 4] {
            var certificate = empty
            certificate.votes = (0..<count).map {
                Certificate.MemberSignature(member: $0, signature: Samples.key(UInt8($0 + 1)).sign(message))
            }
            let evidence = NativeEvidence(header: header, certificate: certificate)
            let decoded = try NativeEvidence(decoding: evidence.bytes.span.bytes)
            #expect(decoded == evidence)
            guard count == 3 else {
                try decoded.verify(checkpoint, of: Self.four)
                #expect(throws: NativeEvidenceError.certificate(.otherKind(.notarise))) {
                    try decoded.verify(checkpoint, of: Self.epoch(members, .simplex1))
                }
                continue
            }
            #expect(throws: NativeEvidenceError.certificate(.notOfAll(votes: 3, members: 4))) {
                try decoded.verify(checkpoint, of: Self.four)
            }
        }
    }
}

/// Members of whom at most one lies.
struct LiarTests {
    @Test(
        arguments: [
            [1], [9], [1, 1], [1, 1, 1], [1, 1, 1, 1], Array(repeating: 1, count: 5), Array(repeating: 1, count: 6),
            Array(repeating: 1, count: 7), Array(repeating: 1, count: 8), Array(repeating: 3, count: 6), [1, 1, 1, 2],
            [1, 3, 3], [1, 1, 3], [1, 1, 4], [1, 1, 5], [5, 1, 1], [2, 9, 2, 9], [1, 2, 3, 4, 5], [4, 1, 9, 2, 8],
            [1, 1, 1, 1, 1, 1, 100], [Limits.powerMax, Limits.powerMax, 1],
        ] as [[UInt64]], FaultModel.allCases)
    func atMostOneLiesWhereNoTwoMay(powers: [UInt64], faultModel: FaultModel) {
        let members = Samples.members(powers, faultModel)
        let total = powers.reduce(0, +)
        func mayLie(_ power: UInt64) -> Bool { faultModel == .bft && 3 * power < total }
        #expect(members.liarPowerMax == 0 || mayLie(members.liarPowerMax))
        #expect(!mayLie(members.liarPowerMax + 1))
        // Two quorums have more in common.
        if faultModel == .bft { #expect(2 * members.quorumPower - total > members.liarPowerMax) }
        let pairs = powers.indices.flatMap { first in (first + 1..<powers.count).map { (first, $0) } }
        let isSafe =
            faultModel == .bft && powers.count > 1 && !pairs.contains { mayLie(powers[$0.0] + powers[$0.1]) }
        #expect(members.atMostOneLies == isSafe)
    }

    @Test func equalMembers() {
        let safe = (1...12).filter { Samples.members(Array(repeating: 7, count: $0), .bft).atMostOneLies }
        #expect(safe == [2, 3, 4, 5, 6])
    }
}

/// The rule of agreement that a ledger is founded on.
struct GenesisAgreementTests {
    private static func text(_ agreement: AgreementRule) throws -> String {
        let settings = try GenesisSettings(
            name: "example.org/test", message: "", random: Array(0..<16), members: Samples.members(),
            agreement: agreement)
        return String(decoding: Annex(genesis: settings).encoded(), as: UTF8.self)
    }

    private static func decoded(_ text: String) throws(AnnexError) -> Annex {
        try Annex(decoding: Array(text.utf8).span.bytes)
    }

    @Test(arguments: AgreementRule.allCases)
    func decodingUndoesEncoding(agreement: AgreementRule) throws {
        let text = try Self.text(agreement)
        #expect(text.contains("agreement") == (agreement != .simplex1))
        let settings = try #require(try Self.decoded(text).genesis)
        #expect(settings.agreement == agreement && EpochSettings(settings).agreement == agreement)
        let genesis = settings.genesisBlock(proposer: Samples.key(1).publicKey, timestamp: Samples.start)
        #expect(try EpochMembers(genesis: genesis).settings.agreement == agreement)
    }

    @Test func theNewestIsWhatLedgersAreFoundedOn() throws {
        #expect(AgreementRule.newest == AgreementRule.allCases.last)
        #expect(try Samples.settings().agreement == .simplex1)
    }

    @Test func thereIsOneWayToWriteTheFirst() throws {
        let written = try Self.text(.simplex2).replacing("simplex-2", with: "simplex-1")
        #expect(throws: AnnexError.invalidField("genesis")) { try Self.decoded(written) }
    }

    @Test(arguments: [(#""simplex-3""#, #""simplex-3""#), ("2", "2"), ("null", "null"), ("\"\"", "\"\"")])
    func othersAreOfANewerVersion(value: String, named: String) throws {
        let text = try Self.text(.simplex2).replacing(#""simplex-2""#, with: value)
        let error = AnnexError.unknownSettings("genesis.agreement " + named)
        #expect(throws: error) { try Self.decoded(text) }
        #expect(error.isOfNewerVersion)
    }
}
