package import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import SwiftProtobuf

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension SnapshotMessage {
    var wireContent: Cairn_Link_V1_Envelope.OneOf_Content {
        switch self {
        case .request(let epoch): .snapshotRequest(epoch.rawValue)
        case .snapshot(let answer): .snapshot(answer.wire)
        case .outlinesRequest(let index): .outlinesRequest(index.rawValue)
        case .outlines(let outlines): .outlines(.with { $0.outlines = outlines.map(\.wire) })
        case .unavailable: .snapshotUnavailable(0)
        }
    }

    package static func outlines(wire list: Cairn_Link_V1_Outlines) throws(WireError) -> [Outline] {
        try list.outlines.map { wire throws(WireError) in
            Outline(
                header: try BlockHeader(wire: wire.header, of: "outlines.header"), annexBytes: [UInt8](wire.annex))
        }
    }
}

extension SnapshotMessage.Outline {
    fileprivate var wire: Cairn_Link_V1_Outline {
        .with {
            $0.header = Data(capacity: BlockHeader.byteCount, self.header.encode)
            $0.annex = Data(self.annexBytes)
        }
    }
}

extension SnapshotMessage.Answer {
    fileprivate var wire: Cairn_Link_V1_Snapshot {
        .with {
            $0.ends = self.ends.map(\.wire)
            guard let head = self.head else { return }
            $0.header = Data(capacity: BlockHeader.byteCount, head.header.encode)
            $0.certificate = Data(head.certificate)
            $0.parent = Data(capacity: BlockHeader.byteCount, head.parent.encode)
            $0.edge = Data(capacity: head.edge.count * Digest.byteCount) { bytes in
                for hash in head.edge { bytes.append(hash) }
            }
        }
    }

    package init(wire: Cairn_Link_V1_Snapshot) throws(WireError) {
        let ends = try wire.ends.map { wire throws(WireError) in try EpochEnd(wire: wire) }
        guard !wire.header.isEmpty else {
            self.init(ends: ends, head: nil)
            return
        }
        let parent = try BlockHeader(wire: wire.parent, of: "snapshot.parent")
        let neededBytes = TreeEdge.hashCount(size: parent.treeSize) * Digest.byteCount
        guard wire.edge.count == neededBytes else {
            throw .wrongSize(field: "snapshot.edge", neededBytes: neededBytes, availableBytes: wire.edge.count)
        }
        let edge = [UInt8](wire.edge)
        self.init(
            ends: ends,
            head: SnapshotMessage.Head(
                header: try BlockHeader(wire: wire.header, of: "snapshot.header"),
                certificate: try Certificate(wire: wire.certificate, of: "snapshot.certificate"), parent: parent,
                edge: stride(from: 0, to: edge.count, by: Digest.byteCount).map {
                    Digest(loading: edge.span.bytes, at: $0)
                }))
    }
}

extension EpochEnd {
    fileprivate var wire: Cairn_Link_V1_EpochEnd {
        .with {
            $0.header = Data(capacity: BlockHeader.byteCount, self.header.encode)
            $0.annex = Data(self.annexBytes)
            $0.certificate = Data(self.certificate)
        }
    }

    fileprivate init(wire: Cairn_Link_V1_EpochEnd) throws(WireError) {
        self.init(
            header: try BlockHeader(wire: wire.header, of: "snapshot.ends.header"), annexBytes: [UInt8](wire.annex),
            certificate: try Certificate(wire: wire.certificate, of: "snapshot.ends.certificate"))
    }
}

extension Certificate {
    fileprivate init(wire: Data, of field: String) throws(WireError) {
        guard let certificate = try Certificate(optional: wire, of: field) else {
            throw .wrongSize(field: field, neededBytes: Self.byteCount(votes: 1), availableBytes: 0)
        }
        self = certificate
    }
}
