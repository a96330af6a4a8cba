internal import CairnConsensus
internal import CairnHash
internal import CairnLedger

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension NodeMessage {
    /// Content that is no message of a node is a bug of the caller's.
    package init(wire content: Cairn_Link_V1_Envelope.OneOf_Content) throws(WireError) {
        switch content {
        case .hello: throw .outOfPlace(field: "hello")
        case .addresses: throw .outOfPlace(field: "addresses")
        case .status(let status):
            self = .vote(
                .status(
                    CairnConsensus.Message.Status(
                        epoch: Epoch(rawValue: status.epoch), view: View(rawValue: status.view),
                        head: BlockIndex(rawValue: status.head),
                        headHash: try Digest(wire: status.headHash, of: "status.head_hash"),
                        wantsAnswer: status.wantsAnswer)))
        case .proposal(let proposal):
            self = .vote(
                .proposal(
                    CairnConsensus.Message.Proposal(
                        epoch: Epoch(rawValue: proposal.epoch), view: View(rawValue: proposal.view),
                        parentView: View(rawValue: proposal.parentView),
                        block: try Block(wire: proposal.block, of: "proposal.block"),
                        vote: proposal.vote.isEmpty ? nil : try SignedVote(wire: proposal.vote))))
        case .vote(let bytes):
            self = .vote(.vote(try SignedVote(wire: bytes)))
        case .certificate(let certificate):
            self = .vote(.certificate(try Certificate(wire: certificate)))
        case .submissions(let list):
            self = .vote(
                .submissions(try list.submissions.map { wire throws(WireError) in try Submission(wire: wire) }))
        case .change(let bytes):
            self = .vote(.change(try MemberChange(wire: bytes)))
        case .blockRequest(let hash):
            self = .vote(.request(.block(try Digest(wire: hash, of: "block_request"))))
        case .certificatesRequest(let request):
            let views = try ClosedRange<View>(
                wire: request.firstView, request.lastView, of: "certificates_request")
            self = .vote(.request(.certificates(epoch: Epoch(rawValue: request.epoch), views: views)))
        case .block(let bytes):
            self = .vote(.block(try Block(wire: bytes, of: "block")))
        case .finalsRequest(let index):
            self = .vote(.finalsRequest(from: BlockIndex(rawValue: index)))
        case .finals(let list):
            self = .vote(.finals(try FinalBlock.blocks(wire: list, of: "finals")))
        case .headersRequest(let index):
            self = .catchUp(.headersRequest(from: BlockIndex(rawValue: index)))
        case .headers(let list):
            self = .catchUp(
                .headers(try list.links.map { wire throws(WireError) in try CatchUpMessage.ChainLink(wire: wire) }))
        case .blocksRequest(let request):
            let range = try ClosedRange<BlockIndex>(wire: request.first, request.last, of: "blocks_request")
            self = .catchUp(.blocksRequest(range))
        case .blocks(let list):
            self = .catchUp(.blocks(try FinalBlock.blocks(wire: list, of: "blocks")))
        case .unavailable(let index):
            self = .catchUp(.unavailable(from: BlockIndex(rawValue: index)))
        case .snapshotRequest(let epoch):
            self = .snapshot(.request(from: Epoch(rawValue: epoch)))
        case .snapshot(let answer):
            self = .snapshot(.snapshot(try SnapshotMessage.Answer(wire: answer)))
        case .outlinesRequest(let index):
            self = .snapshot(.outlinesRequest(through: BlockIndex(rawValue: index)))
        case .outlines(let list):
            self = .snapshot(.outlines(try SnapshotMessage.outlines(wire: list)))
        case .snapshotUnavailable:
            self = .snapshot(.unavailable)
        case .checkpoint(let share):
            self = .checkpoint(try CheckpointShare(wire: share))
        }
    }
}

extension CheckpointShare {
    fileprivate init(wire: Cairn_Link_V1_CheckpointShare) throws(WireError) {
        guard wire.note.count <= Limits.noteBytesMax else {
            throw .tooLarge(bytes: wire.note.count, limit: Limits.noteBytesMax)
        }
        self.init(
            note: [UInt8](wire.note),
            keys: CertifiedNoteKeys(
                member: try PublicKey(wire: wire.member, of: "checkpoint.member"),
                log: try PublicKey(wire: wire.logKey, of: "checkpoint.log_key"),
                cosigner: try PublicKey(wire: wire.cosignerKey, of: "checkpoint.cosigner_key"),
                signature: try Signature(wire: wire.signature, of: "checkpoint.signature")))
    }
}

extension CatchUpMessage.ChainLink {
    fileprivate init(wire: Cairn_Link_V1_ChainLink) throws(WireError) {
        self.init(
            header: try BlockHeader(wire: wire.header, of: "headers.header"), annexBytes: [UInt8](wire.annex),
            certificate: try Certificate(optional: wire.certificate, of: "headers.certificate"))
    }
}

extension FinalBlock {
    fileprivate static func blocks(
        wire: Cairn_Link_V1_FinalBlocks, of field: String
    ) throws(WireError) -> [FinalBlock] {
        try wire.blocks.map { wire throws(WireError) in
            FinalBlock(
                block: try Block(wire: wire.block, of: field),
                certificate: try Certificate(optional: wire.certificate, of: field))
        }
    }
}
