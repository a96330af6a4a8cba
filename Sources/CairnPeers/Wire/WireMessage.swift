package import CairnConsensus
package import NIOCore
internal import SwiftProtobuf

/// What one WebSocket message of a link holds.
package enum WireMessage: Hashable, Sendable {
    case hello(Hello)
    case addresses([AddressRecord])
    case node(NodeMessage)
}

extension WireMessage {
    /// - Throws: `.tooLarge` for what no receiver would take.
    package func encoded(limit: Int = MessageLimits.bytesMax) throws(WireError) -> ByteBuffer {
        var envelope = Cairn_Link_V1_Envelope()
        envelope.content =
            switch self {
            case .hello(let hello): .hello(hello.wire)
            case .addresses(let records): .addresses(.with { $0.records = records.map(\.wire) })
            case .node(let message): message.wireContent
            }
        guard let output: WireBytes = try? envelope.serializedBytes() else { throw .malformed }
        guard output.count <= limit else { throw .tooLarge(bytes: output.count, limit: limit) }
        return output.buffer
    }

    /// Takes all of `buffer`. What it takes of memory is bounded by the buffer's size and the limits of
    /// `MessageLimits`.
    package init(decoding buffer: ByteBuffer) throws(WireError) {
        guard buffer.readableBytes <= MessageLimits.bytesMax else {
            throw .tooLarge(bytes: buffer.readableBytes, limit: MessageLimits.bytesMax)
        }
        _ = try WireScan.check(buffer.readableBytesSpan)
        try self.init(scanned: buffer)
    }

    /// Takes what `WireScan` let through.
    init(scanned buffer: ByteBuffer) throws(WireError) {
        // Nothing is deeper than envelope, list, part: a greeting with its address record.
        var options = BinaryDecodingOptions()
        options.messageDepthLimit = 4
        options.discardUnknownFields = true
        let envelope: Cairn_Link_V1_Envelope
        do {
            envelope = try Cairn_Link_V1_Envelope(serializedBytes: buffer.readableBytesSpan, options: options)
        } catch {
            throw .malformed
        }
        switch envelope.content {
        case nil: throw .noContent
        case .hello(let hello): self = .hello(try Hello(wire: hello))
        case .addresses(let list): self = .addresses(try AddressRecord.records(wire: list))
        case .some(let content): self = .node(try NodeMessage(wire: content))
        }
    }
}

/// A buffer that SwiftProtobuf can write into, so that a message is not copied once more on its way out.
private struct WireBytes: SwiftProtobufContiguousBytes {
    var buffer: ByteBuffer

    init(repeating byte: UInt8, count: Int) {
        self.buffer = ByteBuffer(repeating: byte, count: count)
    }

    init(_ sequence: some Sequence<UInt8>) {
        self.buffer = ByteBuffer(bytes: sequence)
    }

    var count: Int { self.buffer.readableBytes }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try self.buffer.withUnsafeReadableBytes(body)
    }

    mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try self.buffer.withUnsafeMutableReadableBytes(body)
    }
}
