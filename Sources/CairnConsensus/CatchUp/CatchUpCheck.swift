internal import CairnHash
public import CairnLedger

/// A message whose hashes and signatures were checked: only such ones reach the catch-up machine.
public struct CheckedCatchUp: Sendable {
    package enum Content: Sendable {
        case headers(Headers)
        case blocks([FetchedBlock])
        case unavailable(from: BlockIndex)
    }

    /// Verified headers, which follow a particular one.
    package struct Headers: Sendable {
        /// Where the message began.
        var asked: BlockIndex
        /// The hash of the block before the first link.
        var behind: Digest
        /// Empty when the message holds nothing new.
        var links: [Skeleton.Link]
        var end: SkeletonEnd
    }

    let content: Content

    fileprivate init(_ content: Content) {
        self.content = content
    }
}

/// A block that fits its own header but for the tree root, and has as many records as the header says if the ones before it do.
package struct FetchedBlock: Sendable {
    var block: HashedBlock
    /// Not checked.
    var certificate: Certificate?
    /// What it takes in memory, leaf hashes included.
    var byteCount: Int

    init(_ final: FinalBlock) {
        self.block = HashedBlock(final.block)
        self.certificate = final.certificate
        self.byteCount = final.block.encodedByteCount + Digest.byteCount * final.block.entries.count
    }
}

/// Checks what other nodes send who are asked for blocks: a value, so that it can be done on any thread.
public struct CatchUpCheck<Verifier: SignatureVerifier, Rule: CatchUpRule>: Sendable {
    package let end: SkeletonEnd
    package let verifier: Verifier

    /// - Returns: nil when it was never an answer.
    /// - Throws: what is wrong. No honest node sends such a message.
    public func check(_ message: CatchUpMessage) throws(CatchUpError) -> CheckedCatchUp? {
        switch message {
        case .headers(let links): CheckedCatchUp(.headers(try self.headers(links)))
        case .blocks(let blocks): CheckedCatchUp(.blocks(try Self.blocks(blocks)))
        case .unavailable(let index): CheckedCatchUp(.unavailable(from: index))
        case .headersRequest, .blocksRequest: nil
        }
    }

    // MARK: Headers

    /// When they were asked for, the end may have been another one: what the vote machine took over by itself meanwhile is
    /// passed by.
    private func headers(_ links: [CatchUpMessage.ChainLink]) throws(CatchUpError) -> CheckedCatchUp.Headers {
        guard let asked = links.first?.header.index, let last = links.last else { throw .empty }
        var end = self.end
        var checked: [Skeleton.Link] = []
        let isBehind = asked <= end.index.next()
        let known = isBehind ? end.index.rawValue + 1 - asked.rawValue : .max
        guard known < UInt64(links.count) else {
            return CheckedCatchUp.Headers(asked: asked, behind: end.hash, links: [], end: end)
        }
        checked.reserveCapacity(links.count - Int(known))
        var certified: (count: Int, end: SkeletonEnd)?
        for link in links.dropFirst(Int(known)) {
            let next: (link: Skeleton.Link, end: SkeletonEnd)
            do throws(CatchUpError) {
                next = try self.link(link, behind: end)
            } catch {
                // A quorum has signed a block that only a newer version knows, and so all before it. What is asked for
                // next begins with that block.
                guard let certified, case .epochEnd(_, let problem) = error, problem.isOfNewerVersion else {
                    throw error
                }
                return CheckedCatchUp.Headers(
                    asked: asked, behind: self.end.hash, links: Array(checked.prefix(certified.count)),
                    end: certified.end)
            }
            checked.append(next.link)
            end = next.end
            if link.certificate != nil { certified = (checked.count, end) }
        }
        guard Rule.believes(isCertified: last.certificate != nil) else {
            throw .withoutCertificate(last.header.index)
        }
        guard last.header.annexHash == .zero || !last.annexBytes.isEmpty else {
            throw .withoutAnnex(last.header.index)
        }
        return CheckedCatchUp.Headers(asked: asked, behind: self.end.hash, links: checked, end: end)
    }

    private func link(
        _ link: CatchUpMessage.ChainLink, behind end: SkeletonEnd
    ) throws(CatchUpError) -> (link: Skeleton.Link, end: SkeletonEnd) {
        let header = link.header
        guard header.index == end.index.next(), Rule.mayFollow(namesHash: header.previousHash == end.hash) else {
            throw .notConsecutive(header.index)
        }
        guard header.epoch == end.members.epoch else {
            throw .wrongEpoch(header.index, expected: end.members.epoch, found: header.epoch)
        }
        guard header.treeSize >= end.treeSize else { throw .notConsecutive(header.index) }
        let hash = header.hash
        if let certificate = link.certificate {
            try Self.check(header.index) { () throws(CertificateError) in
                try end.members.verify(certificate, of: header, hash: hash, using: self.verifier)
            }
        }
        let next = SkeletonEnd(
            index: header.index, hash: hash, treeSize: header.treeSize,
            members: try self.members(behind: link, from: end.members))
        return (
            Skeleton.Link(
                hash: hash, treeSize: header.treeSize, records: header.treeSize.rawValue - end.treeSize.rawValue,
                certificate: link.certificate),
            next
        )
    }

    private static func check(
        _ index: BlockIndex, _ check: () throws(CertificateError) -> Void
    ) throws(CatchUpError) {
        do throws(CertificateError) {
            try check()
        } catch {
            throw .certificate(index, error)
        }
    }

    /// Those of the block behind this one.
    private func members(
        behind link: CatchUpMessage.ChainLink, from present: EpochMembers
    ) throws(CatchUpError) -> EpochMembers {
        let index = link.header.index
        guard Annex.holdsChange(link.annexBytes) else {
            guard link.annexBytes.isEmpty || Digest(hashing: link.annexBytes) == link.header.annexHash else {
                throw .wrongAnnex(index)
            }
            // Recovery keys may sign for another, but only a change: they make nothing else final.
            guard present.members.position(of: link.header.proposer) != nil else {
                throw .epochEnd(index, .otherProposer(link.header.proposer))
            }
            return present
        }
        guard let certificate = link.certificate else { throw .withoutCertificate(index) }
        let end = EpochEnd(header: link.header, annexBytes: link.annexBytes, certificate: certificate)
        do throws(EpochEndError) {
            return try present.next(behind: end, using: self.verifier)
        } catch {
            throw .epochEnd(index, error)
        }
    }

    // MARK: Blocks

    private static func blocks(_ blocks: [FinalBlock]) throws(CatchUpError) -> [FetchedBlock] {
        guard !blocks.isEmpty else { throw .empty }
        var checked: [FetchedBlock] = []
        checked.reserveCapacity(blocks.count)
        for final in blocks {
            let header = final.block.header
            if let last = checked.last?.block {
                guard header.index == last.block.index.next(), header.previousHash == last.hash else {
                    throw .notConsecutive(header.index)
                }
            }
            let annexHash = final.block.annexBytes.isEmpty ? .zero : Digest(hashing: final.block.annexBytes)
            guard header.annexHash == annexHash else { throw .wrongAnnex(header.index) }
            checked.append(FetchedBlock(final))
        }
        return checked
    }
}
