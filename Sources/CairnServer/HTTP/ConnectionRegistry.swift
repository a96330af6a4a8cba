internal import NIOCore
internal import Synchronization

/// The open connections.
final class ConnectionRegistry: Sendable {
    private let countMax: Int
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    init(countMax: Int) {
        self.countMax = countMax
    }

    var count: Int { self.channels.withLock { $0.count } }

    /// Whether there was room. The channel is forgotten when it closes.
    func insert(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let isIn = self.channels.withLock { channels in
            guard channels.count < self.countMax else { return false }
            channels[id] = channel
            return true
        }
        guard isIn else { return false }
        channel.closeFuture.whenComplete { _ in
            self.channels.withLock { _ = $0.removeValue(forKey: id) }
        }
        return true
    }

    var all: [any Channel] { self.channels.withLock { Array($0.values) } }
}

/// Sent down each connection when the server stops.
struct DrainEvent: Sendable {}
