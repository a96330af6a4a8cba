internal import CairnHash
internal import CairnLedger
internal import SwiftProtobuf

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// How a node introduces itself: the first message of each direction.
struct Hello: Hashable, Sendable {
    /// The versions of the protocol that this program speaks.
    static let versionsSpoken: ClosedRange<UInt32> = 2...2

    var versions: ClosedRange<UInt32> = Self.versionsSpoken
    var chain: Digest
    /// A bit for each thing that not every node can do. There is none yet.
    var capabilities: UInt64 = 0
    /// The sender's number for this connection.
    var number: UInt64
    /// The lowest number of all connections to the receiver that the sender holds open, this one included: all with
    /// lower numbers are closed, even if the receiver doesn't know that yet.
    var openFrom: UInt64
    /// Nil when the sender takes no links.
    var address: AddressRecord?
    var agent: String
}

extension Hello {
    var wire: Cairn_Link_V1_Hello {
        .with {
            $0.versionMin = self.versions.lowerBound
            $0.versionMax = self.versions.upperBound
            $0.chain = Data(self.chain)
            $0.capabilities = self.capabilities
            $0.number = self.number
            $0.openFrom = self.openFrom
            if let address = self.address { $0.address = address.wire }
            $0.agent = self.agent
        }
    }

    init(wire: Cairn_Link_V1_Hello) throws(WireError) {
        guard wire.versionMin <= wire.versionMax else { throw .invalid(field: "hello.version_min") }
        guard wire.openFrom <= wire.number else { throw .invalid(field: "hello.open_from") }
        guard wire.agent.utf8.count <= MessageLimits.agentBytesMax else {
            throw .tooLarge(bytes: wire.agent.utf8.count, limit: MessageLimits.agentBytesMax)
        }
        self.init(
            versions: wire.versionMin...wire.versionMax, chain: try Digest(wire: wire.chain, of: "hello.chain"),
            capabilities: wire.capabilities, number: wire.number, openFrom: wire.openFrom,
            address: wire.hasAddress ? try AddressRecord(wire: wire.address) : nil, agent: wire.agent)
    }
}
