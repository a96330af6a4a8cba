import CairnConsensus
import CairnHash
import CairnLedger

/// A node that others catch up from.
struct SampleSource {
    enum Nature: Equatable {
        case honest
        /// Never answers.
        case silent
        /// Has only the first half, and claims far more than anybody has.
        case boaster
        /// Gives one block or header at a time.
        case dripping
        /// Gives other records under the right header.
        case otherRecords
        /// Leaves a record out.
        case fewerRecords
        /// Gives another block.
        case otherBlock
        /// Gives headers that don't follow one another.
        case brokenHeaders
        /// Signs its headers itself.
        case otherSigner
        /// Hides that an epoch ends.
        case hidesEpochEnd
        /// Hides it behind another annex.
        case exchangesAnnex
        /// Leaves the last certificate out.
        case uncertifiedHeaders

        /// A lie that proves itself as soon as it is told.
        var isProvable: Bool { ![.honest, .silent, .boaster, .dripping].contains(self) }
    }

    let key: QuickSigner
    let nature: Nature
    /// Of an answer, in nanoseconds.
    let delay: ClosedRange<UInt64>
    /// Headers in a message at most.
    var headersMax: UInt64 = 100

    func claim(_ head: BlockIndex) -> BlockIndex {
        self.nature == .boaster ? BlockIndex(rawValue: .max) : head
    }

    private func head(_ head: BlockIndex) -> BlockIndex {
        self.nature == .boaster ? BlockIndex(rawValue: head.rawValue / 2) : head
    }

    // MARK: Answers

    func answer(_ message: CatchUpMessage, _ chain: SampleChain, through head: BlockIndex) -> CatchUpMessage? {
        let head = self.head(head)
        switch message {
        case .headersRequest(let first): return self.headers(from: first, chain, head)
        case .blocksRequest(let range): return self.blocks(range, chain, head)
        case .headers, .blocks, .unavailable: return nil
        }
    }

    private func headers(from first: BlockIndex, _ chain: SampleChain, _ head: BlockIndex) -> CatchUpMessage? {
        let most = self.nature == .dripping ? 1 : self.headersMax
        var last = min(head, BlockIndex(rawValue: first.rawValue + most - 1))
        while last < head, chain[last].certificate == nil { last = last.next() }
        let message = CatchUpServing.headers(from: first, through: last) { BlockOutline(chain[$0]) }
        guard case .headers(var links) = message else { return message }
        let end = links.count - 1
        switch self.nature {
        case .silent: return nil
        case .brokenHeaders: links[end / 2].header.treeRoot = .zero
        case .otherSigner:
            let message = [UInt8]("mine".utf8)
            links[end].certificate?.votes = [Certificate.MemberSignature(member: 0, signature: self.key.sign(message))]
        case .hidesEpochEnd, .exchangesAnnex:
            for place in links.indices where Annex.holdsChange(links[place].annexBytes) {
                links[place].annexBytes =
                    self.nature == .hidesEpochEnd ? [] : Array(#"{"submissions":{"ids":"","spans":[]}}"#.utf8)
                links[place].certificate = links[place].certificate ?? links[end].certificate
                links.removeLast(end - place)
                break
            }
        case .uncertifiedHeaders: links[end].certificate = nil
        default: break
        }
        return .headers(links)
    }

    private func blocks(
        _ range: ClosedRange<BlockIndex>, _ chain: SampleChain, _ head: BlockIndex
    ) -> CatchUpMessage? {
        let range = self.nature == .dripping ? range.lowerBound...range.lowerBound : range
        let message = CatchUpServing.blocks(range, through: head) { chain[$0] }
        guard case .blocks(var blocks) = message else { return message }
        switch self.nature {
        case .silent: return nil
        case .otherRecords: Self.change(&blocks[blocks.count / 2].block) { _ in #""other""# }
        case .fewerRecords: Self.change(&blocks[blocks.count / 2].block) { $0 == 0 ? nil : #""fewer""# }
        case .otherBlock: blocks[blocks.count - 1].block.header.nonce = 1
        default: break
        }
        return .blocks(blocks)
    }

    private static func change(_ block: inout Block, _ text: (Int) -> String?) {
        var entries = Entries()
        for place in 0..<block.entries.count {
            if let record = text(place).flatMap({ try? Record(json: $0) }) { entries.append(record) }
        }
        block.entries = entries
    }
}
