internal import NIOCore

/// Ends a link at the first bytes of what is too large, before anything waits for the rest: `FrameWatch` in the pipeline, ahead
/// of the decoder of frames.
final class FrameGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let handler: LinkHandler
    private var watch = FrameWatch()
    private var isOver = false

    init(handler: LinkHandler) {
        self.handler = handler
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What comes behind it is nothing that anybody waits for.
        guard !self.isOver else { return }
        let bytes = self.unwrapInboundIn(data)
        do throws(LinkEnd) {
            try self.watch.take(bytes.readableBytesSpan)
        } catch {
            self.isOver = true
            self.handler.end(error)
            return
        }
        context.fireChannelRead(data)
    }
}
