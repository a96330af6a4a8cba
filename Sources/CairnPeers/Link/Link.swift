internal import CairnConsensus
package import CairnLedger
internal import CairnLock
package import NIOCore
internal import Synchronization

/// One connection whose other end has proven its key and greeted: what other threads hold of it.
package final class Link: Sendable {
    /// What is said of it, from its event loop.
    package struct Gauges {
        package var roundTrip: Duration?
        var bytesIn: UInt64 = 0
        var bytesOut: UInt64 = 0
    }

    /// Of its connection.
    package let id: UInt64
    package let node: PublicKey
    package let direction: PeerStatus.Direction
    /// This node's number for the connection, and the other one's.
    package let number: UInt64
    package let numberThere: UInt64
    package let remoteHost: String
    /// Where it was dialed.
    package let dialed: DialTarget?
    let since: Timestamp
    package let channel: any Channel
    package let window: ReceiveWindow

    private let queue: SendQueue
    private let gauges = Lock(Gauges())
    private let handler: NIOLoopBound<LinkHandler>
    private let memberFlag = Atomic<Bool>(false)
    /// Requests that no answer came to.
    private let answersDue = Atomic<Int>(0)
    /// Who never answers has no right to answers without end.
    private static let answersDueMax = 1_024

    package init(
        id: UInt64, node: PublicKey, direction: PeerStatus.Direction, number: UInt64, numberThere: UInt64,
        remoteHost: String,
        dialed: DialTarget?, since: Timestamp, channel: any Channel, handler: LinkHandler, limits: PeerLimits
    ) {
        self.id = id
        self.node = node
        self.direction = direction
        self.number = number
        self.numberThere = numberThere
        self.remoteHost = remoteHost
        self.dialed = dialed
        self.since = since
        self.channel = channel
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        self.queue = SendQueue(limits: limits)
        self.window = ReceiveWindow(limits: limits, channel: channel)
    }

    package var isMember: Bool {
        get { self.memberFlag.load(ordering: .relaxed) }
        set { self.memberFlag.store(newValue, ordering: .relaxed) }
    }

    package var status: Gauges { self.gauges.withLock { $0 } }

    func update(_ change: (inout Gauges) -> Void) {
        self.gauges.withLock { change(&$0) }
    }

    // MARK: From any thread

    /// Something was asked of the other end: its answer may be long.
    package func noteAsked() {
        guard self.answersDue.load(ordering: .relaxed) < Self.answersDueMax else { return }
        self.answersDue.wrappingAdd(1, ordering: .relaxed)
    }

    /// Sends an encoded message, without waiting.
    ///
    /// - Returns: whether there was room for it.
    package func send(_ message: ByteBuffer) -> Bool {
        switch self.queue.add(message) {
        case .full: return false
        case .added: return true
        case .first:
            // What is sent before this runs goes out with one flush.
            self.channel.eventLoop.execute { self.handler.value.writeQueue() }
            return true
        }
    }

    /// Lets messages through: there is no other link to this node any more.
    package func activate() {
        self.channel.eventLoop.execute { self.handler.value.activate() }
    }

    package func close(_ reason: LinkEnd) {
        self.channel.eventLoop.execute { self.handler.value.end(reason) }
    }

    // MARK: For its handler

    /// Whether an answer was asked for. On the event loop, so that nobody else takes the last one away.
    func takeAnswer() -> Bool {
        guard self.answersDue.load(ordering: .relaxed) > 0 else { return false }
        self.answersDue.wrappingSubtract(1, ordering: .relaxed)
        return true
    }

    func takeQueue() -> [ByteBuffer] { self.queue.takeAll() }

    func wrote(bytes: Int) {
        self.queue.remove(bytes: bytes)
        self.update { $0.bytesOut += UInt64(bytes) }
    }

    func closeQueue() { self.queue.close() }
}
