import CairnHash
import CairnLedger
import Testing

struct CertificateTests {
    private let members = Samples.members([1, 1, 1, 2], .bft)
    private let chain = Samples.digest(1)
    private let block = Samples.digest(2)

    private func vote(kind: Vote.Kind = .finalise) -> Vote {
        Vote(chain: self.chain, epoch: 3, view: 9, kind: kind, blockHash: self.block)
    }

    /// A certificate with the votes of some members, by their places.
    private func certificate(_ places: [UInt16], signing vote: Vote? = nil) -> Certificate {
        let message = (vote ?? self.vote()).message
        return Certificate(
            epoch: 3, view: 9, blockHash: self.block,
            votes: places.map { .init(member: $0, signature: Samples.key(UInt8($0 + 1)).sign(message)) })
    }

    private func verify(
        _ certificate: Certificate, of block: Digest? = nil, epoch: Epoch = 3, chain: Digest? = nil
    ) throws(CertificateError) {
        try Samples.epoch(self.members, epoch, of: chain ?? self.chain).verify(certificate, of: block ?? self.block)
    }

    private func encoded(_ certificate: Certificate) -> [UInt8] {
        var bytes: [UInt8] = []
        certificate.encode(into: &bytes)
        return bytes
    }

    @Test(arguments: [[0, 1, 3], [0, 1, 2, 3], [1, 2, 3], [0, 2, 3]] as [[UInt16]])
    func quorums(places: [UInt16]) throws {
        try self.verify(self.certificate(places))
    }

    @Test(arguments: [([0], 1), ([0, 1, 2], 3), ([0, 3], 3), ([3], 2)] as [([UInt16], UInt64)])
    func tooLittlePower(places: [UInt16], power: UInt64) {
        #expect(throws: CertificateError.noQuorum(power: power, neededPower: 4)) {
            try self.verify(self.certificate(places))
        }
    }

    @Test func noVoteCountsTwice() {
        for places in [[3, 3], [0, 0, 0, 0], [3, 0, 1], []] as [[UInt16]] {
            #expect(throws: CertificateError.votesOutOfOrder) { try self.verify(self.certificate(places)) }
        }
    }

    @Test func otherThings() {
        let good = self.certificate([0, 1, 3])
        let other = Samples.digest(3)
        #expect(throws: CertificateError.otherBlock(expected: other, found: self.block)) {
            try self.verify(good, of: other)
        }
        #expect(throws: CertificateError.otherEpoch(expected: 4, found: 3)) {
            try self.verify(good, epoch: 4)
        }
        let bad = CertificateError.badSignature(member: self.members.members[0].key)
        #expect(throws: bad) { try self.verify(good, chain: other) }
        #expect(throws: CertificateError.unknownMember(4)) { try self.verify(self.certificate([0, 1, 3, 4])) }
        #expect(throws: CertificateError.unknownMember(.max)) {
            var certificate = good
            certificate.votes[2].member = .max
            try self.verify(certificate)
        }
        #expect(throws: bad) {
            var certificate = good
            certificate.view = 10
            try self.verify(certificate)
        }
        #expect(throws: CertificateError.badSignature(member: self.members.members[1].key)) {
            var certificate = good
            certificate.votes[1].signature = certificate.votes[0].signature
            try self.verify(certificate)
        }
    }

    @Test func onlyFinaliseVotesCount() {
        for kind in [Vote.Kind.notarise, .nullify] {
            #expect(throws: CertificateError.badSignature(member: self.members.members[0].key)) {
                try self.verify(self.certificate([0, 1, 3], signing: self.vote(kind: kind)))
            }
        }
    }

    @Test func decodingUndoesEncoding() throws {
        for places in [[0], [0, 1, 3], [0, 1, 2, 3]] as [[UInt16]] {
            let certificate = self.certificate(places)
            let bytes = self.encoded(certificate)
            #expect(bytes.count == certificate.encodedByteCount)
            #expect(bytes.count == 50 + 66 * places.count)
            #expect(try Certificate(decoding: bytes.span.bytes) == certificate)
        }
    }

    @Test func cutShortAnywhereOrWithMoreBehind() {
        let bytes = self.encoded(self.certificate([0, 1]))
        for count in 0..<bytes.count {
            let needed = count < 50 ? 50 : bytes.count
            #expect(throws: CertificateError.wrongSize(neededBytes: needed, availableBytes: count)) {
                try Certificate(decoding: Array(bytes.prefix(count)).span.bytes)
            }
        }
        #expect(throws: CertificateError.wrongSize(neededBytes: bytes.count, availableBytes: bytes.count + 1)) {
            try Certificate(decoding: (bytes + [0]).span.bytes)
        }
    }

    @Test func votesThatAreOutOfOrderAreNotRead() {
        for places in [[1, 0], [0, 0], []] as [[UInt16]] {
            let bytes = self.encoded(self.certificate(places))
            #expect(throws: CertificateError.votesOutOfOrder) { try Certificate(decoding: bytes.span.bytes) }
        }
    }
}
