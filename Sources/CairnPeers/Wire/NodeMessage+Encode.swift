internal import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import SwiftProtobuf

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension NodeMessage {
    var wireContent: Cairn_Link_V1_Envelope.OneOf_Content {
        switch self {
        case .vote(let message): message.wireContent
        case .catchUp(let message): message.wireContent
        case .snapshot(let message): message.wireContent
        case .checkpoint(let share): .checkpoint(share.wire)
        }
    }
}

extension CairnConsensus.Message {
    fileprivate var wireContent: Cairn_Link_V1_Envelope.OneOf_Content {
        switch self {
        case .status(let status):
            .status(
                .with {
                    $0.epoch = status.epoch.rawValue
                    $0.view = status.view.rawValue
                    $0.head = status.head.rawValue
                    $0.headHash = Data(status.headHash)
                    $0.wantsAnswer = status.wantsAnswer
                })
        case .proposal(let proposal):
            .proposal(
                .with {
                    $0.epoch = proposal.epoch.rawValue
                    $0.view = proposal.view.rawValue
                    $0.parentView = proposal.parentView.rawValue
                    $0.block = Data(proposal.block)
                    if let vote = proposal.vote { $0.vote = Data(capacity: SignedVote.byteCount, vote.encode) }
                })
        case .vote(let vote):
            .vote(Data(capacity: SignedVote.byteCount, vote.encode))
        case .certificate(let certificate):
            .certificate(
                .with {
                    $0.kind = UInt32(certificate.kind.rawValue)
                    $0.certificate = Data(capacity: certificate.encodedByteCount, certificate.encodeBesideKind)
                })
        case .submissions(let submissions):
            .submissions(
                .with {
                    $0.submissions = submissions.map { submission in
                        .with {
                            if let id = submission.id { $0.id = Data(id.bytes) }
                            $0.entries = Data(submission.entries.bytes)
                        }
                    }
                })
        case .change(let change):
            .change(Data(Annex(change: change).encoded()))
        case .request(.block(let hash)):
            .blockRequest(Data(hash))
        case .request(.certificates(let epoch, let views)):
            .certificatesRequest(
                .with {
                    $0.epoch = epoch.rawValue
                    $0.firstView = views.lowerBound.rawValue
                    $0.lastView = views.upperBound.rawValue
                })
        case .block(let block):
            .block(Data(block))
        case .finalsRequest(let index):
            .finalsRequest(index.rawValue)
        case .finals(let blocks):
            .finals(.with { $0.blocks = blocks.map(\.wire) })
        }
    }
}

extension CatchUpMessage {
    fileprivate var wireContent: Cairn_Link_V1_Envelope.OneOf_Content {
        switch self {
        case .headersRequest(let index):
            .headersRequest(index.rawValue)
        case .headers(let links):
            .headers(.with { $0.links = links.map(\.wire) })
        case .blocksRequest(let range):
            .blocksRequest(
                .with {
                    $0.first = range.lowerBound.rawValue
                    $0.last = range.upperBound.rawValue
                })
        case .blocks(let blocks):
            .blocks(.with { $0.blocks = blocks.map(\.wire) })
        case .unavailable(let index):
            .unavailable(index.rawValue)
        }
    }
}

extension FinalBlock {
    fileprivate var wire: Cairn_Link_V1_FinalBlock {
        .with {
            $0.block = Data(self.block)
            if let certificate = self.certificate { $0.certificate = Data(certificate) }
        }
    }
}

extension CatchUpMessage.ChainLink {
    fileprivate var wire: Cairn_Link_V1_ChainLink {
        .with {
            $0.header = Data(capacity: BlockHeader.byteCount, self.header.encode)
            $0.annex = Data(self.annexBytes)
            if let certificate = self.certificate { $0.certificate = Data(certificate) }
        }
    }
}

extension CheckpointShare {
    fileprivate var wire: Cairn_Link_V1_CheckpointShare {
        .with {
            $0.note = Data(self.note)
            $0.member = Data(self.keys.member.bytes)
            $0.logKey = Data(self.keys.log.bytes)
            $0.cosignerKey = Data(self.keys.cosigner.bytes)
            $0.signature = Data(self.keys.signature.bytes)
        }
    }
}

extension Data {
    init(_ digest: Digest) {
        self = digest.withUnsafeBytes { Data($0) }
    }

    init(_ certificate: Certificate) {
        self.init(capacity: certificate.encodedByteCount, certificate.encode)
    }

    /// The records, which are nearly all of it, are copied once.
    fileprivate init(_ block: Block) {
        self.init(capacity: block.encodedByteCount - block.entries.bytes.count) { bytes in
            Block(header: block.header, annexBytes: block.annexBytes, entries: Entries()).encode(into: &bytes)
        }
        self.append(contentsOf: block.entries.bytes)
    }

    init(capacity: Int, _ encode: (inout [UInt8]) -> Void) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(capacity)
        encode(&bytes)
        self.init(bytes)
    }
}
