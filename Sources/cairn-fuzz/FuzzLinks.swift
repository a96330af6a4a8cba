import CairnHash
import CairnLedger
import CairnPeers
import NIOCore

/// What other nodes say.
enum FuzzLinks {
    static func message(_ bytes: [UInt8]) {
        guard let message = try? WireMessage(decoding: ByteBuffer(bytes: bytes)) else { return }
        guard let encoded = try? message.encoded(), let again = try? WireMessage(decoding: encoded) else {
            preconditionFailure("a message that was taken can be sent")
        }
        precondition(again == message, "a message is read as it was written")
    }

    static func addresses(_ bytes: [UInt8]) {
        for bytes in [bytes, Checksums.mended(bytes, at: 8, from: 12)].compactMap({ $0 }) {
            guard let file = try? AddressFile(decoding: bytes) else { continue }
            guard let again = try? AddressFile(decoding: file.encoded()) else {
                preconditionFailure("addresses that were read can be kept")
            }
            precondition(again.encoded() == file.encoded(), "addresses are read as they were written")
        }
        guard let text = String(validating: bytes, as: UTF8.self),
            let address = try? PeerAddress(parsing: text)
        else { return }
        let again = try? PeerAddress(parsing: address.description)
        precondition(again == address, "an address is read as it was written")
    }
}
