import CairnHash
import CairnLedger
import Testing

struct BlockDecodingTests {
    private func sample() throws -> Block {
        let chain = try Samples.chain()
        let submissions = SubmissionList([.init(id: Samples.id(1), offsets: 0..<1)])
        return chain.sampleBlock(try Samples.entries(["1", "[2]", "\"three\""]), submissions: submissions).block
    }

    private func encoded(_ block: Block) -> [UInt8] {
        var bytes: [UInt8] = []
        block.encode(into: &bytes)
        return bytes
    }

    @Test func decodingUndoesEncoding() throws {
        for block in [try self.sample(), try Samples.genesis()] {
            let bytes = self.encoded(block)
            #expect(bytes.count == block.encodedByteCount)
            let decoded = try Block(decoding: bytes.span.bytes)
            #expect(decoded == block)
            #expect(self.encoded(decoded) == bytes)
            #expect(try BlockHeader(decoding: bytes.span.bytes) == block.header)
            #expect(block.header.hash == Digest(hashing: Array(bytes.prefix(BlockHeader.byteCount))))
        }
    }

    @Test func everyFieldOfTheHeaderHasItsPlace() throws {
        var bytes: [UInt8] = Array("CRN1".utf8)
        bytes += (4..<176).map { UInt8($0) }
        let header = try BlockHeader(decoding: bytes.span.bytes)
        func number(_ place: Int) -> UInt64 { bytes[place..<place + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        #expect(header.index.rawValue == number(4))
        #expect(header.timestamp.microseconds == number(12))
        #expect(header.previousHash.bytes == Array(20..<52))
        #expect(header.treeSize.rawValue == number(52))
        #expect(header.treeRoot.bytes == Array(60..<92))
        #expect(header.annexHash.bytes == Array(92..<124))
        #expect(header.proposer.bytes == Array(124..<156))
        #expect(header.epoch.rawValue == number(156))
        #expect(header.targetBits == 0xA4A5_A6A7)
        #expect(header.nonce == number(168))
        var again: [UInt8] = []
        header.encode(into: &again)
        #expect(again == bytes)
    }

    @Test func aBlockCutShortIsRefusedUnlessItEndsBehindAnEntry() throws {
        let block = try self.sample()
        let bytes = self.encoded(block)
        let entriesStart = BlockHeader.byteCount + 4 + block.annexBytes.count
        let ends = [0, 3, 8, 17].map { entriesStart + $0 }
        #expect(ends.last == bytes.count)
        for count in 0..<bytes.count {
            let cut = Array(bytes.prefix(count))
            if ends.contains(count) {
                // Whole in form: that records are missing shows by the tree.
                let decoded = try Block(decoding: cut.span.bytes)
                #expect(throws: BlockError.self) {
                    var chain = try Samples.chain()
                    try chain.apply(decoded, leafHashes: decoded.entries.leafHashes())
                }
            } else {
                #expect(throws: BlockDecodingError.self, "\(count) bytes") { try Block(decoding: cut.span.bytes) }
            }
        }
    }

    @Test func bytesBehindABlockAreRefused() throws {
        let bytes = self.encoded(try self.sample())
        for more in [[0], [0, 0], [1], [0, 1], [0, 2, 49]] as [[UInt8]] {
            #expect(throws: BlockDecodingError.self) { try Block(decoding: (bytes + more).span.bytes) }
        }
    }

    @Test func errorsSayWhatIsWrong() throws {
        var bytes = self.encoded(try self.sample())
        #expect(throws: BlockDecodingError.truncated(neededBytes: 176, availableBytes: 175)) {
            try Block(decoding: Array(bytes.prefix(175)).span.bytes)
        }
        #expect(throws: BlockDecodingError.truncated(neededBytes: 180, availableBytes: 179)) {
            try Block(decoding: Array(bytes.prefix(179)).span.bytes)
        }
        let limit = Limits.blockBytesMax
        let large = bytes.prefix(180) + [UInt8](repeating: 0, count: limit + 1)
        #expect(throws: BlockDecodingError.tooLarge(bytes: limit + 1, limit: limit)) {
            try Block(decoding: Array(large).span.bytes)
        }
        bytes[3] = UInt8(ascii: "2")
        #expect(throws: BlockDecodingError.wrongMagic(0x4352_4E32)) { try Block(decoding: bytes.span.bytes) }
    }

    @Test func annexLengthsThatCantBe() throws {
        let bytes = self.encoded(try self.sample())
        for length in [UInt32(bytes.count), .max, .max - 180, 1 << 31] {
            var changed = bytes
            for place in 0..<4 { changed[176 + place] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * place)) }
            #expect(throws: BlockDecodingError.self) { try Block(decoding: changed.span.bytes) }
        }
    }

    @Test func canonicalFormIsLookedAt() throws {
        let chain = try Samples.chain()
        let block = chain.sampleBlock(try Samples.entries(["1", "2"])).block
        try block.checkCanonicalForm()
        for text in ["1.0", " 1", "{\"b\":1,\"a\":1}", "nope", "\u{FF}"] {
            let bytes = Array(text.utf8)
            let entries = try Entries(decoding: [0, 1, UInt8(ascii: "1"), 0, UInt8(bytes.count)] + bytes)
            let changed = Block(header: block.header, annexBytes: block.annexBytes, entries: entries)
            #expect(throws: BlockError.notCanonical(record: 1)) { try changed.checkCanonicalForm() }
        }
    }
}
