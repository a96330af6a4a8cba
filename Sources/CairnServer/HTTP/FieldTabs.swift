internal import NIOCore

/// Makes spaces of the tabs in header fields: both are white space there (RFC 9110, section 5.6.3), and the decoder behind takes
/// only the former where a length or a transfer coding ends.
final class FieldTabs: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer

    private static let tab = UInt8(ascii: "\t")
    private let gate: PipelineGate

    /// - Parameter gate: stands behind the decoder, and so knows whether a body is being read.
    init(gate: PipelineGate) {
        self.gate = gate
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var rest = self.unwrapInboundIn(data)
        // Hardly anybody sends one.
        guard rest.readableBytesView.firstIndex(of: Self.tab) != nil else {
            context.fireChannelRead(data)
            return
        }
        // Line by line: behind any of them a body may begin, in which a tab is a tab.
        while !self.gate.isInBody, rest.readableBytes > 0 {
            let end = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rest.writerIndex
            guard var line = rest.readSlice(length: end - rest.readerIndex) else { break }
            line.withUnsafeMutableReadableBytes { bytes in
                for place in bytes.indices where bytes[place] == Self.tab { bytes[place] = UInt8(ascii: " ") }
            }
            context.fireChannelRead(self.wrapInboundOut(line))
        }
        if rest.readableBytes > 0 { context.fireChannelRead(self.wrapInboundOut(rest)) }
    }
}
