public import CairnLedger

/// What a node answers to those who catch up. Pure: the caller reads the blocks, on any thread.
public enum CatchUpServing {
    /// No message of blocks is longer, in bytes of encoded blocks, unless a single block is.
    public static let blocksBytesMax = 4 << 20
    /// Behind so much, a message of headers ends as soon as it can.
    static let headersBytes = 2 << 20
    /// And behind so many.
    public static let headersUsually = 7_680
    /// And without a certificate to end with, here: no message has more parts, or is much longer.
    public static let headersMax = 8_192
    static let headersBytesMax = 4 << 20
    /// Final blocks of one message, of which the receiver keeps one certificate: see `stretchBlocks`.
    public static let finalsBlocksMax = 256

    /// Certificates in a skeleton stand at least so far apart, as far as there are any: who catches up keeps these, and
    /// checks them.
    static let stretchBlocks = 128
    static let stretchBytes = 2 << 20

    // MARK: Skeletons

    /// The answer to `headersRequest`.
    ///
    /// - Parameters:
    ///   - head: the newest durable block.
    ///   - blocksMax: behind so many, too, the message ends as soon as it can.
    ///   - check: checks a certificate that goes into the message.
    ///   - link: reads what the answer needs of a block up to the head.
    public static func headers<Failure: Error>(
        from first: BlockIndex, through head: BlockIndex, blocksMax: Int = headersUsually,
        check: ((Certificate, BlockHeader) throws(Failure) -> Void)? = nil,
        link: (BlockIndex) throws(Failure) -> BlockOutline
    ) throws(Failure) -> CatchUpMessage {
        guard first <= head else { return .unavailable(from: first) }
        var links: [CatchUpMessage.ChainLink] = []
        var bytes = 0
        var stretch = (blocks: 0, bytes: 0)
        // Where the message can end: behind the newest block with a certificate.
        var end: (count: Int, link: BlockOutline)?
        for index in first.rawValue...head.rawValue {
            let stored = try link(BlockIndex(rawValue: index))
            let endsEpoch = Annex.holdsChange(stored.annexBytes)
            stretch.blocks += 1
            stretch.bytes += stored.encodedByteCount
            let isDue = endsEpoch || stretch.blocks >= Self.stretchBlocks || stretch.bytes >= Self.stretchBytes
            if isDue, stored.certificate != nil { stretch = (0, 0) }
            links.append(
                CatchUpMessage.ChainLink(
                    header: stored.header, annexBytes: endsEpoch ? stored.annexBytes : [],
                    certificate: isDue ? stored.certificate : nil))
            bytes += BlockHeader.byteCount + (endsEpoch ? stored.annexBytes.count : 0)
            bytes += isDue ? stored.certificate?.encodedByteCount ?? 0 : 0
            if stored.certificate != nil { end = (links.count, stored) }
            let isLong = bytes >= Self.headersBytes || links.count >= blocksMax
            if links.count == Self.headersMax || bytes >= Self.headersBytesMax || isLong && end != nil { break }
        }
        guard let end else { return .unavailable(from: first) }
        links.removeLast(links.count - end.count)
        links[end.count - 1].annexBytes = end.link.annexBytes
        links[end.count - 1].certificate = end.link.certificate
        for link in links { if let certificate = link.certificate { try check?(certificate, link.header) } }
        return .headers(links)
    }

    // MARK: Blocks

    /// The answer to `blocksRequest`.
    ///
    /// - Parameters:
    ///   - head: the newest durable block.
    ///   - check: checks a certificate that goes into the message.
    ///   - block: reads a block up to the head.
    public static func blocks<Failure: Error>(
        _ range: ClosedRange<BlockIndex>, through head: BlockIndex,
        check: ((Certificate, BlockHeader) throws(Failure) -> Void)? = nil,
        block: (BlockIndex) throws(Failure) -> FinalBlock
    ) throws(Failure) -> CatchUpMessage {
        guard range.lowerBound <= head else { return .unavailable(from: range.lowerBound) }
        let isAlone = range.lowerBound == range.upperBound
        var blocks: [FinalBlock] = []
        var bytes = 0
        for index in range.lowerBound.rawValue...min(range.upperBound, head).rawValue {
            var final = try block(BlockIndex(rawValue: index))
            bytes += final.block.encodedByteCount
            guard blocks.isEmpty || bytes <= Self.blocksBytesMax else { break }
            if !isAlone { final.certificate = nil }
            if let certificate = final.certificate { try check?(certificate, final.block.header) }
            blocks.append(final)
        }
        return .blocks(blocks)
    }

    /// The answer to a vote machine's `finalsRequest`: as many blocks as fit a message, or as many as it takes to come to
    /// a certificate. Empty when there is none.
    ///
    /// - Parameters:
    ///   - head: the newest durable block.
    ///   - check: checks a certificate that goes into the message.
    ///   - block: reads a block up to the head.
    public static func finals<Failure: Error>(
        from first: BlockIndex, through head: BlockIndex, blocksMax: Int = finalsBlocksMax,
        check: ((Certificate, BlockHeader) throws(Failure) -> Void)? = nil,
        block: (BlockIndex) throws(Failure) -> FinalBlock
    ) throws(Failure) -> [FinalBlock] {
        guard first <= head else { return [] }
        var finals: [FinalBlock] = []
        var end = 0
        var bytes = 0
        for index in first.rawValue...head.rawValue {
            let final = try block(BlockIndex(rawValue: index))
            bytes += final.block.encodedByteCount
            guard end == 0 || bytes <= Self.blocksBytesMax && finals.count < blocksMax else { break }
            finals.append(final)
            if final.certificate != nil { end = finals.count }
        }
        finals.removeLast(finals.count - end)
        for (place, final) in finals.enumerated() {
            // The receiver looks at these alone.
            let isLooked = place == end - 1 || Annex.holdsChange(final.block.annexBytes)
            if isLooked, let certificate = final.certificate { try check?(certificate, final.block.header) }
        }
        return finals
    }
}
