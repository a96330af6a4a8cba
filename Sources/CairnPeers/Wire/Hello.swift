package import CairnHash
internal import CairnLedger
internal import SwiftProtobuf

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// How a node introduces itself: the first message of each direction.
package struct Hello: Hashable, Sendable {
    /// The versions of the protocol that this program speaks.
    package static let versionsSpoken: ClosedRange<UInt32> = 2...2

    package var versions: ClosedRange<UInt32> = Self.versionsSpoken
    package var chain: Digest
    /// A bit for each thing that not every node can do. There is none yet.
    package var capabilities: UInt64 = 0
    /// The sender's number for this connection.
    package var number: UInt64
    /// The lowest number of all connections to the receiver that the sender holds open, this one included: all with
    /// lower numbers are closed, even if the receiver doesn't know that yet.
    package var openFrom: UInt64
    /// Nil when the sender takes no links.
    package var address: AddressRecord?
    package var agent: String

    package init(
        versions: ClosedRange<UInt32> = Hello.versionsSpoken, chain: Digest, capabilities: UInt64 = 0, number: UInt64,
        openFrom: UInt64, address: AddressRecord? = nil, agent: String
    ) {
        self.versions = versions
        self.chain = chain
        self.capabilities = capabilities
        self.number = number
        self.openFrom = openFrom
        self.address = address
        self.agent = agent
    }
}

extension Hello {
    package var wire: Cairn_Link_V1_Hello {
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

    package init(wire: Cairn_Link_V1_Hello) throws(WireError) {
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
