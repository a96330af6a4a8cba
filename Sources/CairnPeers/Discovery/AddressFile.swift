internal import CairnHash
internal import CairnLedger
internal import SwiftProtobuf

/// What a node keeps of other nodes' addresses while it doesn't run.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | magic `CRNA` |
/// | 4 | 4 | version: 1 |
/// | 8 | 4 | CRC-32C of what follows |
/// | 12 | … | `KnownAddresses` of link.proto |
package struct AddressFile: Hashable {
    package static let bytesMax = 4 << 20
    private static let magic: UInt32 = 0x4352_4E41  // CRNA
    private static let version: UInt32 = 1
    private static let headerBytes = 12

    package var records: [AddressRecord]
    /// Named by a person.
    package var added: [PeerAddress]
    /// Those of them that a node was started with.
    package var joined: [PeerAddress]

    package init(records: [AddressRecord], added: [PeerAddress], joined: [PeerAddress] = []) {
        self.records = records.sorted { $0.node.isBefore($1.node) }
        self.added = added.sorted { $0.description < $1.description }
        self.joined = joined.sorted { $0.description < $1.description }
    }

    package func encoded() -> [UInt8] {
        let known = Cairn_Link_V1_KnownAddresses.with {
            $0.records = self.records.map(\.wire)
            $0.added = self.added.map(\.description)
            $0.joined = self.joined.map(\.description)
        }
        // It can't fail: no field is required.
        let content: [UInt8] = (try? known.serializedBytes()) ?? []
        var bytes: [UInt8] = []
        bytes.append(bigEndian: Self.magic)
        bytes.append(bigEndian: Self.version)
        bytes.append(bigEndian: CRC32C.checksum(content.span.bytes))
        return bytes + content
    }

    package init(decoding bytes: [UInt8]) throws(AddressFileError) {
        guard bytes.count <= Self.bytesMax else { throw .tooLarge(bytes: bytes.count, limit: Self.bytesMax) }
        guard bytes.count >= Self.headerBytes else { throw .truncated }
        let header = bytes.span.bytes
        guard header.integer(at: 0, as: UInt32.self) == Self.magic else { throw .wrongMagic }
        let version = header.integer(at: 4, as: UInt32.self)
        guard version == Self.version else { throw .version(version) }
        let content = header.extracting(Self.headerBytes..<bytes.count)
        guard CRC32C.checksum(content) == header.integer(at: 8, as: UInt32.self) else { throw .checksum }
        guard let known = try? Cairn_Link_V1_KnownAddresses(serializedBytes: content) else { throw .content }
        do throws(WireError) {
            self.init(
                records: try known.records.map { wire throws(WireError) in try AddressRecord(wire: wire) },
                added: try Self.addresses(known.added, field: "added"),
                joined: try Self.addresses(known.joined, field: "joined"))
        } catch {
            throw .content
        }
    }

    private static func addresses(_ texts: [String], field: String) throws(WireError) -> [PeerAddress] {
        try texts.map { text throws(WireError) in
            guard let address = PeerAddress(exactly: text) else { throw .invalid(field: field) }
            return address
        }
    }
}

/// Why kept addresses can't be used.
package enum AddressFileError: Error, Hashable {
    case tooLarge(bytes: Int, limit: Int)
    case truncated
    case wrongMagic
    case version(UInt32)
    case checksum
    case content
}

extension AddressFileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLarge(let bytes, let limit): "they take \(bytes) bytes; at most \(limit) are read"
        case .truncated: "they end too early"
        case .wrongMagic: "they don't begin with CRNA"
        case .version(let version): "they are of version \(version), which this program doesn't know"
        case .checksum: "the checksum is wrong: they are damaged"
        case .content: "what is in them can't be read"
        }
    }
}
