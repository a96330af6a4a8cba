import CairnConsensus
import CairnLedger

extension NodeMessage {
    /// Two numbers that tell a message from nearly all others, for the digest of events.
    var mark: (UInt64, UInt64) {
        switch self {
        case .vote(let message): message.mark
        case .catchUp(let message): message.mark
        case .snapshot, .checkpoint: (0, 0)
        }
    }

    /// For people.
    package var summary: String {
        switch self {
        case .vote(let message): message.summary
        case .catchUp(let message): message.summary
        case .snapshot: "of a snapshot"
        case .checkpoint: "a share of a checkpoint"
        }
    }
}

extension CatchUpMessage {
    fileprivate var mark: (UInt64, UInt64) {
        func kind(_ number: UInt64, _ detail: Int) -> UInt64 { number << 56 | UInt64(detail) << 8 }
        return switch self {
        case .headersRequest(let index): (kind(12, 0), index.rawValue)
        case .headers(let links): (kind(13, links.count), links.last?.header.hash.word ?? 0)
        case .blocksRequest(let range): (kind(14, 0) | range.lowerBound.rawValue, range.upperBound.rawValue)
        case .blocks(let blocks): (kind(15, blocks.count), blocks.last?.block.header.hash.word ?? 0)
        case .unavailable(let index): (kind(16, 0), index.rawValue)
        }
    }

    fileprivate var summary: String {
        switch self {
        case .headersRequest(let index): "request of headers from \(index)"
        case .headers(let links):
            "headers \(links.first?.header.index ?? 0)...\(links.last?.header.index ?? 0), "
                + "\(links.count { $0.certificate != nil }) certificates"
        case .blocksRequest(let range): "request of blocks \(range)"
        case .blocks(let blocks):
            "blocks \(blocks.first?.block.header.index ?? 0)...\(blocks.last?.block.header.index ?? 0)"
        case .unavailable(let index): "no blocks from \(index)"
        }
    }
}
