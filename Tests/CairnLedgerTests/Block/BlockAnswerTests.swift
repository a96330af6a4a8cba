import CairnLedger
import Testing

@Suite("A block by itself")
struct BlockAnswerTests {
    private func block() throws -> Block {
        let key = PrivateKey()
        let members = try #require(MemberSet([Member(key: key.publicKey)], faultModel: .majority))
        let settings = try GenesisSettings(name: "t", message: "m", random: Array(0..<16), members: members)
        return settings.genesisBlock(proposer: key.publicKey, timestamp: Timestamp(microseconds: 1))
    }

    @Test("takes exactly its bytes")
    func roundTrip() throws {
        let block = try self.block()
        let vote = Certificate.MemberSignature(
            member: 0, signature: try #require(Signature(bytes: Array(repeating: 7, count: 64))))
        let certificate = Certificate(epoch: 0, view: 3, blockHash: block.header.hash, votes: [vote])
        for final in [
            FinalBlock(block: block, certificate: nil), FinalBlock(block: block, certificate: certificate),
        ] {
            let bytes = BlockAnswer.encode(final)
            #expect(try BlockAnswer.decode(bytes.span.bytes) == final)
            for count in 0..<bytes.count {
                let part = Array(bytes.prefix(count))
                // Cut between block and certificate, it is a block without one.
                if final.certificate != nil, count == 8 + block.encodedByteCount { continue }
                #expect(throws: BlockAnswerError.self) { try BlockAnswer.decode(part.span.bytes) }
            }
            #expect(throws: BlockAnswerError.self) { try BlockAnswer.decode((bytes + [0]).span.bytes) }
        }
        #expect(throws: BlockAnswerError.noBlock) {
            try BlockAnswer.decode([UInt8](repeating: 0, count: BlockAnswer.byteCountMax + 1).span.bytes)
        }
    }
}
