internal import CairnLock
internal import NIOCore

/// What waits to be sent on one link, bounded in bytes. A message counts until the system has taken it.
final class SendQueue: Sendable {
    enum Result {
        case added
        /// It is the first of those that wait: somebody has to take them.
        case first
        case full
    }

    private struct State {
        package var waiting: [ByteBuffer] = []
        /// Of those that wait and those that were taken and are not written.
        package var bytes = 0
        var isClosed = false
    }

    private let bytesMax: Int
    private let urgentBytes: Int
    private let urgentReserve: Int
    private let state = Lock(State())

    init(limits: PeerLimits) {
        self.bytesMax = limits.queueBytes
        self.urgentBytes = limits.urgentBytes
        self.urgentReserve = limits.urgentReserve
    }

    func add(_ message: ByteBuffer) -> Result {
        let size = message.readableBytes
        return self.state.withLock { state in
            let limit = self.bytesMax + (size <= self.urgentBytes ? self.urgentReserve : 0)
            guard !state.isClosed, state.bytes == 0 || state.bytes + size <= limit else { return .full }
            state.bytes += size
            state.waiting.append(message)
            return state.waiting.count == 1 ? .first : .added
        }
    }

    func takeAll() -> [ByteBuffer] {
        self.state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    func remove(bytes: Int) {
        self.state.withLock { $0.bytes -= bytes }
    }

    /// Nothing fits any more.
    func close() {
        self.state.withLock { state in
            state.isClosed = true
            state.waiting = []
        }
    }
}
