package import NIOCore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Waits when a connection can't be taken for want of descriptors or memory: the system tells of it again and again, and asking
/// at once would take a whole core. In the pipeline of a listening socket.
///
/// SwiftNIO's `AcceptBackoffHandler` holds back reads alone: the socket stays registered after a failed accept, and the event
/// loop goes round for it all the same.
package final class AcceptBackoff: ChannelInboundHandler {
    package typealias InboundIn = any Channel

    /// How long nothing is accepted.
    package static let wait = TimeAmount.milliseconds(500)

    private var waiting: Scheduled<Void>?
    private let onShortage: @Sendable (_ problem: String) -> Void

    /// - Parameter onShortage: told each time.
    package init(onShortage: @escaping @Sendable (_ problem: String) -> Void) {
        self.onShortage = onShortage
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
            context.fireErrorCaught(error)
            return
        }
        guard self.waiting == nil else { return }
        self.onShortage(PlainWords.text(of: error))
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        self.waiting = context.eventLoop.scheduleTask(in: Self.wait) {
            let (handler, context) = loopBound.value
            handler.waiting = nil
            try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.waiting?.cancel()
        self.waiting = nil
    }
}
