package import NIOCore
internal import Synchronization

/// What is true of the server as a whole.
package final class ServerState: Sendable {
    package let budget = BodyBudget(bytesMax: HTTPLimits.heldBodyBytesMax)
    let connections: ConnectionRegistry
    let connectionsMax: Int
    /// One for each event loop.
    let loops: [NIOLoopBoundBox<LoopState>]
    /// One of the loops, for what belongs to none.
    let loop: any EventLoop
    private let draining = Atomic(false)
    private let listeningPort = Atomic(0)

    package init(connectionsMax: Int, group: any EventLoopGroup) {
        self.connectionsMax = connectionsMax
        self.connections = ConnectionRegistry(countMax: connectionsMax)
        self.loop = group.any()
        self.loops = group.makeIterator().map { .makeBoxSendingValue(LoopState(), eventLoop: $0) }
    }

    /// The server stops: connections end behind the answer that they are at.
    var isDraining: Bool { self.draining.load(ordering: .relaxed) }

    package func drain() { self.draining.store(true, ordering: .relaxed) }

    /// 0 before it listens.
    package var port: Int {
        get { self.listeningPort.load(ordering: .relaxed) }
        set { self.listeningPort.store(newValue, ordering: .relaxed) }
    }

    func loopState(of eventLoop: any EventLoop) -> LoopState {
        guard let box = self.loops.first(where: { $0.eventLoop === eventLoop }) else {
            preconditionFailure("a connection is on an event loop that isn't the server's")
        }
        return box.value
    }
}
