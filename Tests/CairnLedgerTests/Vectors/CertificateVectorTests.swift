import CairnHash
import CairnLedger
import Testing

/// Builds the certificates of `CertificateVectors` and compares every byte.
struct CertificateVectorTests {
    private let keys: [PrivateKey]
    private let members: EpochMembers
    private let blockHash: Digest

    init() throws {
        let first = try #require(Hex.decode(FormatVectors.seed))
        let second = try #require(Hex.decode(EpochVectors.secondSeed))
        let keys = [try #require(PrivateKey(seed: first)), try #require(PrivateKey(seed: second))]
        let members = [Member(key: keys[0].publicKey, power: 1), Member(key: keys[1].publicKey, power: 2)]
        self.keys = keys
        self.members = EpochMembers(
            chain: try #require(Digest(hex: FormatVectors.chain)), epoch: 1,
            members: try #require(MemberSet(members, faultModel: .bft)),
            settings: try #require(EpochSettings(agreement: .simplex2, submissionWindow: 4_096)))
        self.blockHash = try #require(Digest(hex: String(repeating: "5b", count: 32)))
    }

    private func message(_ kind: Vote.Kind) -> [UInt8] {
        Vote(chain: self.members.chain, epoch: 1, view: 7, kind: kind, blockHash: self.blockHash).message
    }

    private func certificate(_ kinds: [Vote.Kind]) -> Certificate {
        let votes = zip(self.keys, kinds).enumerated().map { place, vote in
            Certificate.MemberSignature(
                member: UInt16(place), signature: vote.0.sign(self.message(vote.1)), isSupport: vote.1 == .support)
        }
        return Certificate(kind: .notarise, epoch: 1, view: 7, blockHash: self.blockHash, votes: votes)
    }

    @Test func ofAll() throws {
        #expect(Hex.encode(self.message(.notarise)) == CertificateVectors.notariseMessage)
        let certificate = self.certificate([.notarise, .notarise])
        var bytes: [UInt8] = []
        certificate.encode(into: &bytes)
        #expect(Hex.encode(bytes) == CertificateVectors.ofAll)
        #expect(try Certificate(decoding: bytes.span.bytes) == certificate)
        try self.members.verify(certificate, of: self.blockHash)
    }

    @Test func withSupport() throws {
        #expect(Hex.encode(self.message(.support)) == CertificateVectors.supportMessage)
        let certificate = self.certificate([.notarise, .support])
        var bytes: [UInt8] = []
        certificate.encodeBesideKind(into: &bytes)
        #expect(Hex.encode(bytes) == CertificateVectors.notarisation)
        #expect(try Certificate(decoding: bytes.span.bytes, kind: .notarise) == certificate)
        try certificate.verify(members: self.members.members, chain: self.members.chain)
        #expect(throws: CertificateError.self) { try self.members.verify(certificate, of: self.blockHash) }
    }
}
