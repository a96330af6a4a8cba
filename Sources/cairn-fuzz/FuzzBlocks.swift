import CairnLedger

/// What blocks are made of.
enum FuzzBlocks {
    static func block(_ bytes: [UInt8]) {
        if let block = try? Block(decoding: bytes.span.bytes) {
            var again: [UInt8] = []
            block.encode(into: &again)
            precondition(again == bytes && again.count == block.encodedByteCount, "a block is written as it was read")
            _ = try? block.annex()
            _ = block.entries.leafHashes()
            _ = try? ChainState(genesis: block)
        }
        guard let final = try? BlockAnswer.decode(bytes.span.bytes) else { return }
        precondition(BlockAnswer.encode(final) == bytes, "an answer is written as it was read")
    }

    static func certificate(_ bytes: [UInt8]) {
        if let certificate = try? Certificate(decoding: bytes.span.bytes) {
            var again: [UInt8] = []
            certificate.encode(into: &again)
            precondition(again == bytes, "a certificate is written as it was read")
        }
        if let vote = try? SignedVote(decoding: bytes.span.bytes) {
            var again: [UInt8] = []
            vote.encode(into: &again)
            precondition(again == bytes, "a vote is written as it was read")
        }
        guard let entry = try? JournalEntry(decoding: bytes.span.bytes) else { return }
        var again: [UInt8] = []
        entry.encode(into: &again)
        precondition(again == bytes, "an entry of a journal is written as it was read")
    }

    static func history(_ bytes: [UInt8]) {
        guard let history = try? MemberHistory(decoding: bytes.span.bytes) else { return }
        var again: [UInt8] = []
        history.encode(into: &again)
        precondition(again == bytes, "a history is written as it was read")
        _ = try? history.verify(chain: history.genesis.header.hash)
    }

    static func base(_ bytes: [UInt8]) {
        Self.wholeBase(bytes)
        // The checksum of all behind it.
        guard let mended = Checksums.mended(bytes, at: 8, from: 12) else { return }
        Self.wholeBase(mended)
    }

    private static func wholeBase(_ bytes: [UInt8]) {
        guard let base = try? ChainBase(decoding: bytes.span.bytes) else { return }
        _ = base.encoded()
        _ = try? base.state(chain: base.history.genesis.header.hash, using: Ed25519Verifier())
    }
}
