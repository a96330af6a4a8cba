import CairnConsensus
import CairnHash
import CairnLedger

/// What liars answer to those who catch up.
extension Liar {
    /// - Parameters:
    ///   - blocks: those that it has, from the genesis block on.
    ///   - tip: behind the last of them.
    func serve(
        _ request: CatchUpMessage, blocks: [FinalBlock], tip: ChainTip, to node: Int, at time: WorldTime,
        _ sendings: inout [Sending]
    ) {
        let isLie = self.draw.chance(perMille: self.kind == .forger ? 600 : 300)
        let answer: CatchUpMessage? =
            switch request {
            case .headersRequest(let first):
                isLie ? self.falseHeaders(from: first, blocks, tip) : self.headersWithoutEpochEnd(from: first, blocks)
            case .blocksRequest(let range):
                isLie ? self.falseBlocks(range, blocks, tip) : Self.blocks(range, blocks)
            case .headers, .blocks, .unavailable: nil
            }
        guard let answer else { return }
        switch self.kind {
        case .silent where time < self.silentUntil: break
        case .hider where self.hides(.catchUp(answer), from: node): break
        case .withholder: self.withhold(.catchUp(answer), from: [node], &sendings)
        default:
            if self.kind == .replayer { self.remember(.catchUp(answer)) }
            self.tell(.catchUp(answer), to: [node], &sendings)
        }
    }

    private static func headers(from first: BlockIndex, _ blocks: [FinalBlock]) -> CatchUpMessage {
        CatchUpServing.headers(from: first, through: self.head(blocks)) { BlockOutline(blocks[Int($0.rawValue)]) }
    }

    private static func blocks(_ range: ClosedRange<BlockIndex>, _ blocks: [FinalBlock]) -> CatchUpMessage {
        CatchUpServing.blocks(range, through: self.head(blocks)) { blocks[Int($0.rawValue)] }
    }

    private static func head(_ blocks: [FinalBlock]) -> BlockIndex { BlockIndex(rawValue: UInt64(blocks.count - 1)) }

    // MARK: Headers

    /// Each has to be found out, or be of no use. Nil: it says nothing.
    private func falseHeaders(from first: BlockIndex, _ blocks: [FinalBlock], _ tip: ChainTip) -> CatchUpMessage? {
        var blocks = blocks
        let lie = self.draw.pick(weights: [2, 1, 1, 1, 1, 1, 6, 1, 2, 2, 2])
        if lie < 3 { blocks += self.inventedBlocks(behind: tip, isSigned: lie > 0) }
        guard case .headers(var links) = Self.headers(from: first, blocks) else { return .unavailable(from: first) }
        let last = links.count - 1
        switch lie {
        case 0: links[last].certificate = nil
        case 1, 2: break
        case 3: return nil
        case 4: return .unavailable(from: first)
        case 5: links = []
        // All but the last, whose hash is signed, if there are others.
        case 6: links[self.draw.below(max(last, 1))].header.treeRoot = Digest(hashing: self.draw.bytes(8))
        case 7: links[self.draw.below(max(last, 1))].header.treeSize = TreeSize(rawValue: self.draw.below(UInt64(20)))
        case 8: links[last].certificate = links[last].certificate.map(Self.withOneVoteLess)
        case 9: self.hideEpochEnd(in: &links, blocks)
        default:
            // Little at once is no lie.
            links.removeLast(last - self.draw.below(links.count))
            let end = links.count - 1
            let final = blocks[Int(links[end].header.index.rawValue)]
            links[end].certificate = final.certificate
            links[end].annexBytes = final.block.annexBytes
        }
        return .headers(links)
    }

    private static let otherAnnex = Array(#"{"submissions":{"ids":"","spans":[]}}"#.utf8)

    private static func withOneVoteLess(_ certificate: Certificate) -> Certificate {
        var certificate = certificate
        certificate.votes = Array(certificate.votes.dropFirst())
        return certificate
    }

    /// Such a lie has few occasions: most are taken.
    private func headersWithoutEpochEnd(from first: BlockIndex, _ blocks: [FinalBlock]) -> CatchUpMessage {
        let message = Self.headers(from: first, blocks)
        guard case .headers(var links) = message, links.contains(where: { Annex.holdsChange($0.annexBytes) }),
            self.kind != .silent, self.draw.chance(perMille: 700)
        else { return message }
        self.hideEpochEnd(in: &links, blocks)
        return .headers(links)
    }

    /// Ends with the last block of an epoch, or with another one, and doesn't show its annex.
    private func hideEpochEnd(in links: inout [CatchUpMessage.ChainLink], _ blocks: [FinalBlock]) {
        if let end = links.firstIndex(where: { Annex.holdsChange($0.annexBytes) }) {
            links.removeLast(links.count - 1 - end)
        }
        let end = links.count - 1
        links[end].certificate = blocks[Int(links[end].header.index.rawValue)].certificate
        links[end].annexBytes = self.draw.chance(perMille: 500) ? [] : Self.otherAnnex
    }

    // MARK: Blocks

    private func falseBlocks(
        _ range: ClosedRange<BlockIndex>, _ blocks: [FinalBlock], _ tip: ChainTip
    ) -> CatchUpMessage? {
        let present = blocks + self.invented.filter { $0.block.index.rawValue >= UInt64(blocks.count) }
        guard case .blocks(var answer) = Self.blocks(range, present) else {
            return .unavailable(from: range.lowerBound)
        }
        let place = self.draw.below(answer.count)
        switch self.draw.below(9) {
        // What it invented is given without another lie on top.
        case 0, 1: break
        case 2: return nil
        case 3: return .unavailable(from: range.lowerBound)
        case 4: answer = []
        case 5: answer.removeLast(answer.count - 1)
        case 6: answer[place].block.header.timestamp = Timestamp(microseconds: self.draw.below(.max))
        case 7: answer[place].block.annexBytes = Self.otherAnnex
        default:
            var entries = Entries()
            let isFewer = self.draw.chance(perMille: 300)
            for _ in 0..<max(answer[place].block.entries.count - (isFewer ? 1 : 0), 0) {
                entries.append(Record(storedBytes: Array("\"\(self.draw.below(1_000))\"".utf8)))
            }
            answer[place].block.entries = entries
        }
        return .blocks(answer)
    }

    // MARK: Another history

    /// Blocks that nobody agreed on, behind the newest one: they keep every rule, but only one member signed the last.
    private func inventedBlocks(behind tip: ChainTip, isSigned: Bool) -> [FinalBlock] {
        var tip = tip
        self.invented = []
        for _ in 0...self.draw.below(3) {
            var entries = Entries()
            entries.append(Record(storedBytes: Array("\"\(self.draw.below(1_000_000))\"".utf8)))
            let block = tip.makeBlock(
                entries: entries, leafHashes: entries.leafHashes(), submissions: nil,
                proposer: self.members.members[0].key, now: tip.header.timestamp)
            tip = block.tip
            self.invented.append(FinalBlock(block: block.block, certificate: self.selfMade(for: block)))
        }
        if !isSigned {
            for place in self.invented.indices.dropLast() { self.invented[place].certificate = nil }
        }
        return self.invented
    }

    /// In the names of all members, as if they had voted in one round or in two.
    private func selfMade(for block: CheckedBlock) -> Certificate {
        let epoch = block.block.header.epoch
        let view = View(rawValue: self.draw.within(1...100))
        let kind: Vote.Kind = self.isFinalWithAll && self.draw.chance(perMille: 500) ? .notarise : .finalise
        let vote = Vote(chain: self.chain, epoch: epoch, view: view, kind: kind, blockHash: block.hash)
        let signature = self.key.sign(vote.message)
        return Certificate(
            kind: kind, epoch: epoch, view: view, blockHash: block.hash,
            votes: self.members.members.indices.map {
                Certificate.MemberSignature(member: UInt16($0), signature: signature)
            })
    }
}
