internal import NIOCore

/// Makes spaces of the tabs in header fields: both are white space there (RFC 9110, section 5.6.3), and the decoder behind takes
/// only the former where a length or a transfer coding ends. In a request line a tab is none, and stays what it is.
final class FieldTabs: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer

    /// What is known of the line that is being read.
    private enum Line {
        /// Nothing of it has come, or the beginning of what may be a field's name.
        case name
        /// A field's name and the colon behind it have come.
        case field
        /// It is none with a field: a request line, say, where a space comes before any colon.
        case other

        func after(_ byte: UInt8) -> Line {
            if byte == FieldTabs.newline { return .name }
            guard self == .name else { return self }
            if byte == UInt8(ascii: ":") { return .field }
            // Neither white space nor a control character.
            return (0x21...0x7E).contains(byte) ? .name : .other
        }
    }

    private static let tab = UInt8(ascii: "\t")
    private static let newline = UInt8(ascii: "\n")
    private let gate: PipelineGate
    /// As long as no body is being read. A line may come in pieces.
    private var line = Line.name

    /// - Parameter gate: stands behind the decoder, and so knows whether a body is being read.
    init(gate: PipelineGate) {
        self.gate = gate
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var rest = self.unwrapInboundIn(data)
        // Hardly anybody sends one.
        if rest.readableBytesView.firstIndex(of: Self.tab) != nil {
            // Line by line: behind any of them a body may begin, in which a tab is a tab.
            while !self.gate.isInBody, rest.readableBytes > 0 {
                let end = rest.readableBytesView.firstIndex(of: Self.newline).map { $0 + 1 } ?? rest.writerIndex
                guard var line = rest.readSlice(length: end - rest.readerIndex) else { break }
                line.withUnsafeMutableReadableBytes { self.clean($0) }
                context.fireChannelRead(self.wrapInboundOut(line))
            }
        }
        if rest.readableBytes > 0 { self.pass(rest, context) }
    }

    private func clean(_ bytes: UnsafeMutableRawBufferPointer) {
        for place in bytes.indices {
            if self.line == .field, bytes[place] == Self.tab { bytes[place] = UInt8(ascii: " ") }
            self.line = self.line.after(bytes[place])
        }
    }

    /// Hands on what is left as it is.
    private func pass(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        let (wasInBody, endings, bodyParts) = (self.gate.isInBody, self.gate.endings, self.gate.bodyParts)
        let last = bytes.readableBytesView.last
        if !wasInBody { self.follow(bytes.readableBytesView) }
        context.fireChannelRead(self.wrapInboundOut(bytes))
        guard self.gate.endings != endings, wasInBody || self.gate.bodyParts != bodyParts else { return }
        // Where in it a body ended isn't known here. What stands behind a body begins with a request line. If the piece
        // ends in the middle of a field, tabs that still come in that field stay.
        self.line = last == Self.newline ? .name : .other
    }

    private func follow(_ bytes: ByteBufferView) {
        var begin = bytes.startIndex
        if let newline = bytes.lastIndex(of: Self.newline) {
            self.line = .name
            begin = bytes.index(after: newline)
        }
        for byte in bytes[begin...] {
            guard self.line == .name else { return }
            self.line = self.line.after(byte)
        }
    }
}
