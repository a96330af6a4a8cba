internal import CairnLock
internal import CairnPeers
internal import NIOCore

/// The open connections.
///
/// When there are as many as may be, the one that was opened first closes if it has no request: of the network with the
/// most, so that whoever opens connections and says nothing closes its own. Only when hardly any has none, the newcomer
/// goes.
final class ConnectionRegistry: Sendable {
    fileprivate struct Entry {
        var channel: any Channel
        var source: SourceNetwork
        var number: UInt64
        /// Whether it was asked to make room already.
        var wasAsked = false
    }

    fileprivate struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var countBySource: [SourceNetwork: Int] = [:]
        var lastNumber: UInt64 = 0
    }

    /// What may be open beyond the limit for the moment that it takes another one to close.
    static let overshoot = 16

    private let countMax: Int
    private let state = Lock(State())

    init(countMax: Int) {
        self.countMax = countMax
    }

    var count: Int { self.state.withLock { $0.entries.count } }

    /// Whether there was room. The channel is forgotten when it closes.
    func insert(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let source = SourceNetwork(channel.remoteAddress?.ipAddress ?? "?")
        let (isIn, leaving) = self.state.withLock { state -> (Bool, (any Channel)?) in
            let isFull = state.entries.count >= self.countMax
            guard state.entries.count < self.countMax + (isFull ? Self.overshoot : 0) else { return (false, nil) }
            let leaving = isFull ? state.askOldest() : nil
            state.lastNumber += 1
            state.entries[id] = Entry(channel: channel, source: source, number: state.lastNumber)
            state.countBySource[source, default: 0] += 1
            return (true, leaving)
        }
        guard isIn else { return false }
        leaving?.pipeline.fireUserInboundEventTriggered(MakeRoomEvent())
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { state in
                guard state.entries.removeValue(forKey: id) != nil, let count = state.countBySource[source] else {
                    return
                }
                state.countBySource[source] = count > 1 ? count - 1 : nil
            }
        }
        return true
    }

    var all: [any Channel] { self.state.withLock { $0.entries.values.map(\.channel) } }
}

extension ConnectionRegistry.State {
    /// The one to close: takes time for each connection, and only when there are too many.
    fileprivate mutating func askOldest() -> (any Channel)? {
        guard let most = self.countBySource.max(by: { $0.value < $1.value })?.key else { return nil }
        let ofMost = self.entries.filter { $0.value.source == most }
        guard let oldest = ofMost.filter({ !$0.value.wasAsked }).min(by: { $0.value.number < $1.value.number }) else {
            // All had requests when they were asked: from the first one again.
            for id in ofMost.keys { self.entries[id]?.wasAsked = false }
            return nil
        }
        self.entries[oldest.key]?.wasAsked = true
        return oldest.value.channel
    }
}

/// Sent down each connection when the server stops.
package struct DrainEvent: Sendable {
    package init() {}
}

/// Sent down a connection that is to close if it has no request.
package struct MakeRoomEvent: Sendable {
    package init() {}
}
