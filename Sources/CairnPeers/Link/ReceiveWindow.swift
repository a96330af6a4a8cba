internal import CairnConsensus
internal import CairnLock
internal import NIOCore

/// Why a link is not read at the moment: because too much of what came is not dealt with, because its node used up its
/// budget, or because another link to the same node has to end first.
package final class ReceiveWindow: Sendable {
    package enum Reason: Hashable {
        case unfinished
        case budget
        case admission
    }

    private struct State {
        package var bytes = 0
        package var messages = 0
        var reasons: Set<Reason> = []
    }

    private let bytesMax: Int
    private let messagesMax: Int
    private let channel: any Channel
    private let state = Lock(State())

    init(limits: PeerLimits, channel: any Channel) {
        self.bytesMax = limits.unfinishedBytes
        self.messagesMax = limits.unfinishedMessages
        self.channel = channel
    }

    package var isPaused: Bool { self.state.withLock { !$0.reasons.isEmpty } }
    var unfinishedBytes: Int { self.state.withLock { $0.bytes } }

    /// Counts a message in until its credit is finished.
    func open(bytes: Int) -> ReceiveCredit {
        let isFull = self.state.withLock { state in
            state.bytes += bytes
            state.messages += 1
            return state.bytes >= self.bytesMax || state.messages >= self.messagesMax
        }
        if isFull { self.pause(.unfinished) }
        return ReceiveCredit { self.close(bytes: bytes) }
    }

    private func close(bytes: Int) {
        // Half of the room has to be free again, so that reading doesn't stop and go with each message.
        let isRoomy = self.state.withLock { state in
            state.bytes -= bytes
            state.messages -= 1
            return state.reasons.contains(.unfinished) && state.bytes <= self.bytesMax / 2
                && state.messages <= self.messagesMax / 2
        }
        if isRoomy { self.resume(.unfinished) }
    }

    package func pause(_ reason: Reason) {
        self.apply { $0.insert(reason) }
    }

    func resume(_ reason: Reason) {
        self.apply { $0.remove(reason) }
    }

    private func apply(_ change: (inout Set<Reason>) -> Void) {
        let isPaused: Bool? = self.state.withLock { state in
            let before = state.reasons.isEmpty
            change(&state.reasons)
            return before == state.reasons.isEmpty ? nil : !state.reasons.isEmpty
        }
        guard isPaused != nil else { return }
        // What holds when it is set, not what held when it was asked for: two threads may come in either order.
        self.channel.eventLoop.execute {
            self.channel.setOption(.autoRead, value: !self.isPaused).whenFailure { _ in }
        }
    }
}
