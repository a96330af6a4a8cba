import CairnConsensus
import CairnHash
import CairnLedger
import CairnPeers
import Foundation
import NIOCore
import SwiftProtobuf
import Testing

struct WireMessageTests {
    static func all() throws -> [WireMessage] {
        try Samples.messages().map { .node($0) } + [
            .hello(Samples.hello()), .hello(Hello(chain: .zero, number: 0, openFrom: 0, agent: "")),
            .addresses([]),
            .addresses([
                Samples.record(2, [PeerAddress(host: "::1", port: 1)]),
                Samples.record(3, [PeerAddress(host: "", port: 65_535)], observedHost: "192.0.2.1"),
            ]),
        ]
    }

    @Test func everyMessageComesBack() throws {
        for message in try Self.all() {
            #expect(try WireMessage(decoding: message.encoded()) == message)
        }
    }

    @Test func theLargestBlocksFit() throws {
        let entries = Samples.entries(63, byteCount: 65_535)
        let block = Block(header: Samples.block().header, annexBytes: [], entries: entries)
        #expect(block.encodedByteCount < Limits.blockBytesMax)
        let final = FinalBlock(block: block, certificate: Samples.certificate(votes: UInt16(Limits.membersMax)))
        #expect(
            Limits.blockBytesMax + (100 << 10) + Certificate.byteCount(votes: Limits.membersMax)
                < MessageLimits.partBytesMax)
        let message = WireMessage.node(.catchUp(.blocks([final])))
        let bytes = try message.encoded()
        #expect(bytes.readableBytes <= MessageLimits.byteCount(of: final) + 64)
        #expect(try WireMessage(decoding: bytes) == message)
    }

    @Test func whatIsTooLargeIsNotSent() throws {
        let final = FinalBlock(block: Samples.block(records: 60, byteCount: 65_535), certificate: nil)
        let message = WireMessage.node(.vote(.finals([final, final, final])))
        #expect(throws: WireError.self) { try message.encoded() }
    }

    @Test func whatIsTooLargeIsNotRead() {
        let bytes = ByteBuffer(repeating: 0, count: MessageLimits.bytesMax + 1)
        #expect(throws: WireError.tooLarge(bytes: MessageLimits.bytesMax + 1, limit: MessageLimits.bytesMax)) {
            try WireMessage(decoding: bytes)
        }
    }

    @Test func partsAreCountedBeforeTheyTakeMemory() throws {
        func envelope(_ parts: Int) throws -> ByteBuffer {
            let blocks = Cairn_Link_V1_FinalBlocks.with { $0.blocks = .init(repeating: .init(), count: parts) }
            let bytes: [UInt8] = try Cairn_Link_V1_Envelope.with { $0.finals = blocks }.serializedBytes()
            return ByteBuffer(bytes: bytes)
        }
        let limit = WireError.tooManyParts(limit: MessageLimits.partsMax)
        #expect(throws: limit) { try WireMessage(decoding: try envelope(MessageLimits.partsMax + 1)) }
        // Protocol Buffers would join what stands twice.
        var twice = try envelope(MessageLimits.partsMax / 2 + 1)
        var again = twice
        twice.writeBuffer(&again)
        #expect(throws: WireError.repeatedField(13)) { try WireMessage(decoding: twice) }
        // As many as are allowed are looked at, and found to be no blocks.
        #expect(throws: WireError.block(.truncated(neededBytes: 176, availableBytes: 0), field: "finals")) {
            try WireMessage(decoding: try envelope(MessageLimits.partsMax - 1))
        }
    }

    @Test func fieldsThatCantBe() throws {
        func error(_ change: (inout Cairn_Link_V1_Envelope) -> Void) throws -> WireError? {
            var envelope = Cairn_Link_V1_Envelope()
            change(&envelope)
            let bytes: [UInt8] = try envelope.serializedBytes()
            do throws(WireError) {
                _ = try WireMessage(decoding: ByteBuffer(bytes: bytes))
                return nil
            } catch {
                return error
            }
        }
        #expect(try error { _ in } == .noContent)
        #expect(
            try error { $0.blockRequest = .init([1]) }
                == .wrongSize(field: "block_request", neededBytes: 32, availableBytes: 1))
        #expect(try error { $0.vote = .init([1]) } == .vote(.wrongSize(neededBytes: 115, availableBytes: 1)))
        #expect(try error { $0.blocksRequest = .with { $0.first = 3 } } == .invalid(field: "blocks_request"))
        #expect(try error { $0.certificate = .with { $0.kind = 259 } } == .invalid(field: "certificate.kind"))
        #expect(try error { $0.submissions = .with { $0.submissions = [.init()] } } == .submission(.empty))
        #expect(
            try error {
                $0.hello = .with {
                    $0.versionMin = 2
                    $0.versionMax = 1
                }
            }
                == .invalid(field: "hello.version_min"))
        #expect(
            try error { $0.addresses = .with { $0.records = [.init()] } } == .invalid(field: "address.addresses"))
        for text in ["example.org", "a b:1", "[::1]:70000", ":0", "::1:5", "A:01", "[x]:1"] {
            let wire = Cairn_Link_V1_AddressRecords.with { $0.records = [.with { $0.addresses = [text] }] }
            #expect(try error { $0.addresses = wire } == .invalid(field: "address.addresses"), "\(text)")
        }
    }
}
