internal import CairnHash

/// The rules that need nothing but a block itself, its tree and its epoch's members.
enum BlockRules {
    static func checkSize(of block: Block) throws(BlockError) {
        guard block.entries.count <= Limits.blockRecordsMax else {
            throw .tooManyRecords(count: block.entries.count, limit: Limits.blockRecordsMax)
        }
        let bytes = block.annexBytes.count + block.entries.bytes.count
        guard bytes <= Limits.blockBytesMax else { throw .tooLarge(bytes: bytes, limit: Limits.blockBytesMax) }
    }

    /// The annex whose hash the header holds.
    static func annex(of block: Block) throws(BlockError) -> Annex? {
        let expected = block.annexBytes.isEmpty ? .zero : Digest(hashing: block.annexBytes)
        guard block.header.annexHash == expected else {
            throw .wrongAnnexHash(expected: expected, found: block.header.annexHash)
        }
        do throws(AnnexError) {
            return try block.annex()
        } catch {
            throw .annex(error)
        }
    }

    static func checkPlaces(of submissions: SubmissionList?, in block: Block) throws(BlockError) {
        do throws(AnnexError) {
            try submissions?.check(recordCount: block.entries.count)
        } catch {
            throw .annex(error)
        }
    }

    /// - Parameters:
    ///   - frontier: the tree with the block's records.
    ///   - members: those of the block's own epoch.
    ///   - change: the block's. One by recovery keys is proposed by the first of the next members: those of the epoch lost
    ///     their key.
    static func check(
        _ header: BlockHeader, frontier: MerkleFrontier, members: MemberSet, change: MemberChange?
    ) throws(BlockError) {
        guard header.treeSize == frontier.size else {
            throw .wrongTreeSize(expected: frontier.size, found: header.treeSize)
        }
        let root = frontier.root
        guard header.treeRoot == root else { throw .wrongTreeRoot(expected: root, found: header.treeRoot) }
        let isProposer =
            change.map { $0.isRecovery && $0.next.members[0].key == header.proposer } ?? false
            || (change?.isRecovery != true && members.position(of: header.proposer) != nil)
        guard isProposer else { throw .proposerNotMember(header.proposer) }
        guard header.targetBits == 0, header.nonce == 0 else {
            throw .unexpectedWork(targetBits: header.targetBits, nonce: header.nonce)
        }
    }
}
