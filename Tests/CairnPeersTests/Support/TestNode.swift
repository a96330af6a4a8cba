import CairnConsensus
import CairnHash
import CairnLedger
import CairnLock
import CairnPeers
import Logging
import Testing

/// A network with what stands around it, on the loopback interface.
struct TestNode {
    let identity: PeerIdentity
    let receiver: TestReceiver
    let storage: MemoryStorage
    let lines: Events<String>
    let network: PeerNetwork

    var key: PublicKey { self.identity.publicKey }
    var address: PeerAddress { get throws { try #require(self.network.boundAddress) } }

    init(
        seed: UInt8, chain: Digest = Samples.chain, listens: Bool = true, join: [PeerAddress] = [],
        listen: PeerAddress = PeerAddress(host: "127.0.0.1", port: 0), receiver: TestReceiver = TestReceiver(),
        storage: MemoryStorage = MemoryStorage(), clock: PeerClock = .system,
        _ change: (inout PeerConfiguration) -> Void = { _ in }
    ) async throws {
        self.identity = PeerIdentity(key: Samples.key(seed), chain: chain)
        self.receiver = receiver
        self.storage = storage
        var configuration = PeerConfiguration(listen: listens ? listen : nil, join: join)
        configuration.times.look = .milliseconds(10)
        configuration.times.backoffFirst = .milliseconds(10)
        configuration.times.backoffLast = .milliseconds(50)
        change(&configuration)
        let lines = Events<String>()
        self.lines = lines
        let logger = Logger(label: "test") { _ in LineLog(lines: lines) }
        self.network = try await PeerNetwork.start(
            configuration, identity: self.identity, storage: storage, receiver: receiver, logger: logger, clock: clock)
    }

    func waitForLink(to other: TestNode) async {
        await self.receiver.events.wait { $0.contains(.linked(other.key)) }
    }

    func waitForMessage(_ message: NodeMessage, from other: TestNode) async {
        await self.receiver.events.wait { $0.contains(.received(message, from: other.key)) }
    }

    /// Waits until a line of the log has this in it.
    @discardableResult
    func waitForLine(_ part: String) async -> String {
        await self.lines.wait { $0.contains { $0.contains(part) } }.first { $0.contains(part) } ?? ""
    }
}

final class MemoryStorage: AddressStorage {
    private let bytes: Lock<[UInt8]?>
    let saved = Events<[UInt8]>()

    init(_ bytes: [UInt8]? = nil) {
        self.bytes = Lock(bytes)
    }

    func load() -> [UInt8]? { self.bytes.withLock { $0 } }

    func save(_ bytes: [UInt8]) {
        self.bytes.withLock { $0 = bytes }
        self.saved.add(bytes)
    }
}

/// Keeps lines for tests to look at.
struct LineLog: LogHandler {
    let lines: Events<String>
    var logLevel = Logger.Level.debug
    var metadata: Logger.Metadata = [:]

    init(lines: Events<String>) {
        self.lines = lines
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        self.lines.add(([event.level.rawValue, "\(event.message)"] + fields).joined(separator: " "))
    }
}
