internal import CairnConsensus
internal import CairnLedger
internal import NIOCore
internal import Synchronization

/// One connection whose other end has proven its key and greeted: what other threads hold of it.
final class Link: Sendable {
    /// What is said of it, from its event loop.
    struct Gauges {
        var roundTrip: Duration?
        var bytesIn: UInt64 = 0
        var bytesOut: UInt64 = 0
    }

    /// Of its connection.
    let id: UInt64
    let node: PublicKey
    let direction: PeerStatus.Direction
    /// This node's number for the connection, and the other one's.
    let number: UInt64
    let numberThere: UInt64
    let remoteHost: String
    /// Where it was dialed.
    let dialed: DialTarget?
    let since: Timestamp
    let channel: any Channel
    let window: ReceiveWindow

    private let queue: SendQueue
    private let gauges = Mutex(Gauges())
    private let handler: NIOLoopBound<LinkHandler>
    private let memberFlag = Atomic<Bool>(false)

    init(
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

    var isMember: Bool {
        get { self.memberFlag.load(ordering: .relaxed) }
        set { self.memberFlag.store(newValue, ordering: .relaxed) }
    }

    var status: Gauges { self.gauges.withLock { $0 } }

    func update(_ change: (inout Gauges) -> Void) {
        self.gauges.withLock { change(&$0) }
    }

    // MARK: From any thread

    /// Sends an encoded message, without waiting.
    ///
    /// - Returns: whether there was room for it.
    func send(_ message: ByteBuffer) -> Bool {
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
    func activate() {
        self.channel.eventLoop.execute { self.handler.value.activate() }
    }

    func close(_ reason: LinkEnd) {
        self.channel.eventLoop.execute { self.handler.value.end(reason) }
    }

    // MARK: For its handler

    func takeQueue() -> [ByteBuffer] { self.queue.takeAll() }

    func wrote(bytes: Int) {
        self.queue.remove(bytes: bytes)
        self.update { $0.bytesOut += UInt64(bytes) }
    }

    func closeQueue() { self.queue.close() }
}
