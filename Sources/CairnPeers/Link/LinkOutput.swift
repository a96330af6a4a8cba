package import NIOCore
internal import NIOWebSocket

/// Writes data frames: in the pipeline ahead of the frame encoder, which would copy each message once more to mask
/// it, and send its header in a TLS record of its own.
///
/// Small messages are joined, so that many of them take one TLS record. A client masks its frames (RFC 6455, section
/// 5.1) with the key 0: masking keeps scripts in browsers from sending bytes of their choice through proxies, and
/// neither has a part here.
package final class LinkOutput: ChannelOutboundHandler {
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// What is joined at most: the content of one TLS record.
    private static let joinedBytesMax = 16 << 10

    private let isMasking: Bool
    private var context: ChannelHandlerContext?

    init(isMasking: Bool) {
        self.isMasking = isMasking
    }

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    package func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Writes each message as one binary frame, and flushes once.
    package func write(_ messages: [ByteBuffer], promise: EventLoopPromise<Void>?) {
        guard let context = self.context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        var joined = context.channel.allocator.buffer(
            capacity: min(Self.joinedBytesMax, messages.reduce(0) { $0 + $1.readableBytes + 14 }))
        for var message in messages {
            let size = message.readableBytes
            if joined.readableBytes + size + 14 > Self.joinedBytesMax, joined.readableBytes > 0 {
                context.write(self.wrapOutboundOut(joined), promise: nil)
                joined = context.channel.allocator.buffer(capacity: Self.joinedBytesMax)
            }
            joined.writeFrameHeader(byteCount: size, isMasked: self.isMasking)
            if size + 14 <= Self.joinedBytesMax {
                joined.writeBuffer(&message)
            } else {
                context.write(self.wrapOutboundOut(joined), promise: nil)
                context.write(self.wrapOutboundOut(message), promise: nil)
                joined = context.channel.allocator.buffer(capacity: 0)
            }
        }
        context.writeAndFlush(self.wrapOutboundOut(joined), promise: promise)
    }
}

extension ByteBuffer {
    /// The header of a whole binary message (RFC 6455, section 5.2), with the masking key 0 if there has to be one.
    fileprivate mutating func writeFrameHeader(byteCount: Int, isMasked: Bool) {
        let mask: UInt8 = isMasked ? 0x80 : 0
        self.writeInteger(UInt8(0x82))
        switch byteCount {
        case ...125:
            self.writeInteger(mask | UInt8(byteCount))
        case ...Int(UInt16.max):
            self.writeInteger(mask | 126)
            self.writeInteger(UInt16(byteCount))
        default:
            self.writeInteger(mask | 127)
            self.writeInteger(UInt64(byteCount))
        }
        if isMasked { self.writeInteger(UInt32(0)) }
    }
}
