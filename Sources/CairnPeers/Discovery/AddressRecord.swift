package import CairnHash
package import CairnLedger
internal import SwiftProtobuf

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Where a node takes links, signed by itself, so that others can pass it on.
///
/// Signed bytes, integers big-endian: `cairn/address/1` and a zero byte, chain (32), sequence number (8), number of
/// addresses (1), and for each its length (2) and its text.
package struct AddressRecord: Hashable, Sendable {
    package var node: PublicKey
    /// Of a node's records the one with the largest holds: microseconds since 1970 when it was made.
    package var sequence: UInt64
    /// 1 to `MessageLimits.addressesMax`. An empty host stands for the address that the node is seen under.
    package var addresses: [PeerAddress]
    package var signature: Signature
    /// What somebody saw the node under. Not signed.
    package var observedHost: String?

    package init(
        node: PublicKey, sequence: UInt64, addresses: [PeerAddress], signature: Signature, observedHost: String? = nil
    ) {
        self.node = node
        self.sequence = sequence
        self.addresses = addresses
        self.signature = signature
        self.observedHost = observedHost
    }

    /// A record of one's own.
    package init(_ addresses: [PeerAddress], sequence: UInt64, identity: PeerIdentity) {
        self.init(
            node: identity.publicKey, sequence: sequence, addresses: addresses,
            signature: identity.key.sign(Self.message(chain: identity.chain, sequence: sequence, addresses: addresses)))
    }

    package static func message(chain: Digest, sequence: UInt64, addresses: [PeerAddress]) -> [UInt8] {
        var bytes = SigningDomain.address.prefix
        bytes.append(chain)
        bytes.append(bigEndian: sequence)
        bytes.append(UInt8(truncatingIfNeeded: addresses.count))
        for address in addresses {
            let text = Array(address.description.utf8)
            bytes.append(bigEndian: UInt16(truncatingIfNeeded: text.count))
            bytes.append(contentsOf: text)
        }
        return bytes
    }

    /// One signature check.
    package func isValid(chain: Digest) -> Bool {
        self.node.isValid(
            self.signature, for: Self.message(chain: chain, sequence: self.sequence, addresses: self.addresses))
    }

    /// The addresses that can be dialed, with what is known for an empty host.
    var dialable: [PeerAddress] {
        self.addresses.compactMap { address in
            guard address.host.isEmpty else { return address }
            return self.observedHost.map { PeerAddress(host: $0, port: address.port) }
        }
    }

    /// Where the node may come from.
    var networks: Set<SourceNetwork> {
        var hosts = Set(self.dialable.map(\.host))
        if let observedHost { hosts.insert(observedHost) }
        return Set(hosts.map { SourceNetwork($0) })
    }
}

extension AddressRecord {
    package var wire: Cairn_Link_V1_AddressRecord {
        .with {
            $0.node = Data(self.node.bytes)
            $0.sequence = self.sequence
            $0.addresses = self.addresses.map(\.description)
            $0.signature = Data(self.signature.bytes)
            $0.observedHost = self.observedHost ?? ""
        }
    }

    package init(wire: Cairn_Link_V1_AddressRecord) throws(WireError) {
        guard (1...MessageLimits.addressesMax).contains(wire.addresses.count) else {
            throw .invalid(field: "address.addresses")
        }
        let addresses = try wire.addresses.map { text throws(WireError) in
            // Exactly as it would be written: the signature is over the text.
            guard text.utf8.count <= MessageLimits.addressBytesMax, let address = PeerAddress(exactly: text) else {
                throw .invalid(field: "address.addresses")
            }
            return address
        }
        var observedHost: String?
        if !wire.observedHost.isEmpty {
            guard PeerAddress.isHost(wire.observedHost) else { throw .invalid(field: "address.observed_host") }
            observedHost = wire.observedHost
        }
        self.init(
            node: try PublicKey(wire: wire.node, of: "address.node"), sequence: wire.sequence, addresses: addresses,
            signature: try Signature(wire: wire.signature, of: "address.signature"), observedHost: observedHost)
    }

    package static func records(wire: Cairn_Link_V1_AddressRecords) throws(WireError) -> [AddressRecord] {
        guard wire.records.count <= MessageLimits.addressRecordsMax else {
            throw .tooManyParts(limit: MessageLimits.addressRecordsMax)
        }
        return try wire.records.map { wire throws(WireError) in try AddressRecord(wire: wire) }
    }
}
