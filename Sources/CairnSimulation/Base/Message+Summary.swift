import CairnConsensus
import CairnHash
import CairnLedger

extension Message {
    /// Two numbers that tell a message from nearly all others, for the digest of events.
    var mark: (UInt64, UInt64) {
        func kind(_ number: UInt64, _ detail: UInt64) -> UInt64 { number << 56 | detail << 8 }
        return switch self {
        case .status(let status): (kind(1, status.view.rawValue), status.headHash.word)
        case .proposal(let proposal): (kind(2, proposal.view.rawValue), proposal.block.header.hash.word)
        case .vote(let vote):
            (kind(3, vote.view.rawValue << 3 | UInt64(vote.kind.rawValue)), vote.blockHash.word ^ UInt64(vote.member))
        case .certificate(let certificate): (kind(4, certificate.view.rawValue), certificate.blockHash.word)
        case .submissions(let submissions): (kind(5, UInt64(submissions.count)), submissions.first?.id?.word ?? 0)
        case .change(let change): (kind(11, change.epoch.rawValue), UInt64(change.next.members.count))
        case .request(.block(let hash)): (kind(6, 0), hash.word)
        case .request(.certificates(_, let views)): (kind(7, views.lowerBound.rawValue), views.upperBound.rawValue)
        case .block(let block): (kind(8, block.header.index.rawValue), block.header.hash.word)
        case .finalsRequest(let index): (kind(9, 0), index.rawValue)
        case .finals(let finals): (kind(10, UInt64(finals.count)), finals.first?.block.header.index.rawValue ?? 0)
        }
    }

    /// For people.
    package var summary: String {
        switch self {
        case .status(let status):
            "status: epoch \(status.epoch), view \(status.view), head \(status.head)" + (status.wantsAnswer ? "?" : "")
        case .proposal(let proposal):
            "proposal: epoch \(proposal.epoch), view \(proposal.view) on \(proposal.parentView), "
                + "block \(proposal.block.header.index) \(proposal.block.header.hash.short)"
                + (proposal.vote.map { ", with vote of \($0.member): \($0.kind)" } ?? "")
        case .vote(let vote):
            "vote of \(vote.member): \(vote.kind) epoch \(vote.epoch), view \(vote.view) \(vote.blockHash.short)"
        case .certificate(let certificate):
            "certificate: \(certificate.kind) epoch \(certificate.epoch), view \(certificate.view) "
                + "\(certificate.blockHash.short) by \(certificate.votes.map(\.member))"
                + (certificate.votes.contains(where: \.isSupport) ? ", with support" : "")
        case .submissions(let submissions): "\(submissions.count) submissions"
        case .change(let change): "change of epoch \(change.epoch) to \(change.next.members.count) members"
        case .request(.block(let hash)): "request of block \(hash.short)"
        case .request(.certificates(let epoch, let views)): "request of certificates: epoch \(epoch), views \(views)"
        case .block(let block): "block \(block.header.index) \(block.header.hash.short)"
        case .finalsRequest(let index): "request of final blocks from \(index)"
        case .finals(let finals):
            "final blocks \(finals.first?.block.header.index ?? 0)...\(finals.last?.block.header.index ?? 0)"
        }
    }
}

extension Digest {
    /// The first eight bytes.
    package var word: UInt64 { self.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
    var short: String { String(self.description.prefix(8)) }
}

extension SubmissionID {
    fileprivate var word: UInt64 { self.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
