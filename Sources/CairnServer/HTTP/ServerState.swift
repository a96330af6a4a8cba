internal import NIOCore
internal import Synchronization

/// What is true of the server as a whole.
final class ServerState: Sendable {
    let budget = BodyBudget(bytesMax: HTTPLimits.heldBodyBytesMax)
    let connections: ConnectionRegistry
    /// One for each event loop.
    let loops: [NIOLoopBoundBox<LoopState>]
    private let draining = Atomic(false)
    private let listeningPort = Atomic(0)

    init(connectionsMax: Int, group: any EventLoopGroup) {
        self.connections = ConnectionRegistry(countMax: connectionsMax)
        self.loops = group.makeIterator().map { .makeBoxSendingValue(LoopState(), eventLoop: $0) }
    }

    /// The server stops: connections end behind the answer that they are at.
    var isDraining: Bool { self.draining.load(ordering: .relaxed) }

    func drain() { self.draining.store(true, ordering: .relaxed) }

    /// 0 before it listens.
    var port: Int {
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
