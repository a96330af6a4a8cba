import CairnHash
import CairnLedger
import Testing

struct CheckpointAssemblyTests {
    private let checkpoint = Checkpoint(origin: FourMembers.origin, size: 12, root: Samples.digest(1))

    @Test func aQuorumOfFour() throws {
        let four = try FourMembers()
        var assembly = try four.assembly(self.checkpoint)
        for member in [2, 0, 2] {
            try assembly.add(four.keyrings[member].sign(self.checkpoint, time: 1))
            #expect(assembly.signed == nil)
        }
        #expect(assembly.power == 2)
        try assembly.add(four.keyrings[3].sign(self.checkpoint, time: 2))
        let signed = try #require(assembly.signed)
        #expect(signed == four.signedInOrder(self.checkpoint, [(0, 1), (2, 1), (3, 2)]))
        #expect(try four.policy().verify(signed).cosignatures.map(\.time) == [1, 1, 2])
        // Any order of arrival makes the same note.
        var other = try four.assembly(self.checkpoint)
        for (member, time) in [(3, UInt64(2)), (2, 1), (0, 1)] {
            try other.add(four.keyrings[member].sign(self.checkpoint, time: time))
        }
        #expect(other.signed == signed)
    }

    @Test func powersCount() throws {
        let unequal = try FourMembers([5, 1, 1, 1], .majority)
        var strong = try unequal.assembly(self.checkpoint)
        try strong.add(unequal.keyrings[0].sign(self.checkpoint, time: 1))
        #expect(strong.isQuorum)
        var weak = try unequal.assembly(self.checkpoint)
        for member in 1...3 { try weak.add(unequal.keyrings[member].sign(self.checkpoint, time: 1)) }
        #expect(!weak.isQuorum)
    }

    @Test func whatIsNotTaken() throws {
        let four = try FourMembers()
        var assembly = try four.assembly(self.checkpoint)
        var signatures = four.keyrings[0].sign(self.checkpoint, time: 1)
        let member = signatures.member
        // Of another checkpoint, with a log's line only, under another's name.
        let other = Checkpoint(origin: FourMembers.origin, size: 12, root: Samples.digest(2))
        let bad = AssemblyError.badSignature(member: member)
        #expect(throws: bad) { try assembly.add(four.keyrings[0].sign(other, time: 1)) }
        signatures.cosignature = signatures.log
        #expect(throws: bad) { try assembly.add(signatures) }
        signatures = four.keyrings[1].sign(self.checkpoint, time: 1)
        signatures.member = member
        #expect(throws: bad) { try assembly.add(signatures) }
        let stranger = try NoteKeyring(nodeKey: Samples.key(9), chain: four.chain, origin: FourMembers.origin)
        #expect(throws: AssemblyError.notAMember(Samples.key(9).publicKey)) {
            try assembly.add(stranger.sign(self.checkpoint, time: 1))
        }
        #expect(assembly.power == 0)
    }

    @Test func keysThatNobodyCertified() throws {
        let four = try FourMembers()
        var keys = four.keys
        keys[1].log = keys[0].log
        let bad = AssemblyError.badCertificate(member: keys[1].member)
        #expect(throws: bad) {
            try CheckpointAssembly(self.checkpoint, chain: four.chain, members: four.members, keys: keys)
        }
        #expect(throws: bad) {
            try TrustPolicy(origin: FourMembers.origin, chain: four.chain, epoch: 0, members: four.members, keys: keys)
        }
        // Certified for another ledger.
        #expect(throws: AssemblyError.badCertificate(member: four.keys[0].member)) {
            try CheckpointAssembly(
                self.checkpoint, chain: Samples.digest(8), members: four.members, keys: four.keys)
        }
        // Of one member the keys are missing: it can't sign yet.
        var assembly = try CheckpointAssembly(
            self.checkpoint, chain: four.chain, members: four.members, keys: Array(four.keys.dropFirst()))
        #expect(throws: AssemblyError.unknownKeys(member: four.keys[0].member)) {
            try assembly.add(four.keyrings[0].sign(self.checkpoint, time: 1))
        }
    }

    @Test func nativeEvidence() throws {
        let four = try FourMembers([5, 1, 1, 1], .majority)
        let header = BlockHeader(
            index: 3, timestamp: Samples.start, previousHash: Samples.digest(3), treeSize: 12,
            treeRoot: Samples.digest(1), annexHash: .zero, proposer: Samples.key(1).publicKey, epoch: 0)
        func evidence(_ signers: [UInt16]) -> NativeEvidence {
            var certificate = Certificate(epoch: 0, view: 3, blockHash: header.hash, votes: [])
            let message = Samples.vote(certificate, chain: four.chain).message
            certificate.votes = signers.map {
                Certificate.MemberSignature(member: $0, signature: Samples.key(UInt8($0 + 1)).sign(message))
            }
            return NativeEvidence(header: header, certificate: certificate)
        }
        let own = Samples.epoch(four.members, of: four.chain)
        // One strong member is a quorum that a policy can't see.
        let strong = evidence([0])
        let decoded = try NativeEvidence(decoding: strong.bytes.span.bytes)
        #expect(decoded == strong)
        try decoded.verify(self.checkpoint, of: own)
        #expect(throws: PolicyViolation.noQuorum(quorum: "members", found: 1, needed: 4)) {
            try four.policy().verify(four.signed(self.checkpoint, by: [0]))
        }
        #expect(throws: NativeEvidenceError.certificate(.noQuorum(power: 3, neededPower: 5))) {
            try evidence([1, 2, 3]).verify(self.checkpoint, of: own)
        }
        #expect(throws: NativeEvidenceError.otherCheckpoint) {
            let other = Checkpoint(origin: FourMembers.origin, size: 13, root: Samples.digest(1))
            try strong.verify(other, of: own)
        }
        #expect(throws: NativeEvidenceError.tooShort(bytes: 9)) {
            try NativeEvidence(decoding: [UInt8](repeating: 0, count: 9).span.bytes)
        }
    }
}

extension FourMembers {
    fileprivate func signedInOrder(_ checkpoint: Checkpoint, _ signers: [(Int, UInt64)]) -> SignedCheckpoint {
        let signatures = signers.map { self.keyrings[$0.0].sign(checkpoint, time: $0.1) }
        return SignedCheckpoint(checkpoint, signatures: signatures.map(\.log) + signatures.map(\.cosignature))
    }
}
