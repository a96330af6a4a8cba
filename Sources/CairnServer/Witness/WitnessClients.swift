internal import AsyncHTTPClient
public import CairnLedger
internal import CairnLock
public import CairnNode
public import Logging
internal import NIOCore
public import ServiceLifecycle

/// Has a node's checkpoints cosigned by its witnesses, all at once, while it runs.
///
/// A checkpoint waits for witnesses no longer than `roundSecondsDefault`; one that fails is left alone for a while, so that it
/// holds up nothing, and is then shown the newest checkpoint again.
public final class WitnessClients: CheckpointWitnesses, Service {
    /// How long a checkpoint waits for its cosignatures, unless a test says otherwise.
    static let roundSecondsDefault: Int64 = 2

    private struct State {
        var backoff = WitnessBackoff()
        var lead = WitnessLead()
        /// The size that the witness cosigned last.
        var known: TreeSize = 0
        /// The size of the newest checkpoint that was published with its cosignature.
        var published: TreeSize?
    }

    private let node: Node
    private let clients: [WitnessClient]
    private let http: HTTPClient
    private let logger: Logger
    private let states: Lock<[State]>
    private let start = ContinuousClock.now
    private let roundSeconds: Int64

    public convenience init(node: Node, witnesses: [WitnessAddress], logger: Logger) {
        self.init(node: node, witnesses: witnesses, roundSeconds: Self.roundSecondsDefault, logger: logger)
    }

    package init(node: Node, witnesses: [WitnessAddress], roundSeconds: Int64, logger: Logger) {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(roundSeconds), read: .seconds(roundSeconds))
        configuration.redirectConfiguration = .disallow
        // Back-off is this client's own: a witness that isn't there is to fail at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        self.http = http
        self.roundSeconds = roundSeconds
        self.node = node
        self.clients = witnesses.map { WitnessClient(address: $0, http: http, node: node) }
        self.logger = logger
        self.states = Lock(witnesses.map { _ in State() })
    }

    /// Asks the witnesses from now on, until the task is cancelled or a graceful shutdown is triggered.
    public func run() async throws {
        self.node.setWitnesses(self)
        try? await gracefulShutdown()
        self.node.setWitnesses(nil)
        try? await self.http.shutdown()
    }

    private var now: Duration { self.start.duration(to: .now) }

    public func cosign(
        _ checkpoint: PublishedCheckpoint, completion: @escaping @Sendable ([NoteSignature]) -> Void
    ) {
        let now = self.now
        let asked = self.states.withLock { states in
            states.indices.filter { states[$0].published != checkpoint.size && states[$0].backoff.mayAsk(now: now) }
        }
        guard !asked.isEmpty else { return completion([]) }
        let round = CosigningRound(awaited: asked.count, completion: completion)
        for place in asked {
            Task { await self.ask(place, checkpoint, in: round) }
        }
        Task {
            // Whatever a witness does with its connection, the checkpoint goes out.
            try? await Task.sleep(for: .seconds(self.roundSeconds))
            round.end()
        }
    }

    private func ask(_ place: Int, _ checkpoint: PublishedCheckpoint, in round: CosigningRound) async {
        let client = self.clients[place]
        let known = self.states.withLock { $0[place].known }
        do throws(WitnessFailure) {
            let line = try await client.submit(
                checkpoint.signed, known: known, deadline: .now() + .seconds(self.roundSeconds))
            self.states.withLock { $0[place].known = checkpoint.size }
            guard round.add(line) else { throw .late }
            let hadFailed = self.states.withLock { states in
                states[place].published = checkpoint.size
                return states[place].backoff.succeeded()
            }
            if hadFailed { self.logger.info("the witness is back", metadata: ["witness": "\(client.address.url)"]) }
        } catch {
            self.failed(place, error)
            _ = round.add(nil)
        }
    }

    private func failed(_ place: Int, _ failure: WitnessFailure) {
        let now = self.now
        var isLoss = false
        var reason: String? = "\(failure)"
        if case .witnessIsAhead(let size, _) = failure {
            isLoss = self.isLoss(place, at: size, now: now)
            // Another member may only have been quicker: nobody has to be told.
            if !isLoss { reason = nil }
        }
        let (delay, isNew) = self.states.withLock { $0[place].backoff.failed(reason, now: now) }
        if isNew {
            let metadata: Logger.Metadata = ["witness": "\(self.clients[place].address.url)", "why": "\(failure)"]
            if isLoss {
                self.logger.critical("the witness knows more of this ledger than this node", metadata: metadata)
            } else {
                self.logger.warning("the witness does not cosign", metadata: metadata)
            }
        }
        // On a quiet ledger no other checkpoint comes to ask with.
        Task { [weak self] in
            try? await Task.sleep(for: delay)
            self?.node.askWitnessesAgain()
        }
    }

    /// Whether this node has lost what a witness has cosigned.
    private func isLoss(_ place: Int, at size: TreeSize, now: Duration) -> Bool {
        let status = self.node.status
        return self.states.withLock {
            $0[place].lead.isLoss(
                at: size, own: status.head.treeSize, others: status.members.members.members.count > 1,
                isReady: status.readiness.isReady, now: now)
        }
    }
}

/// Cosignatures of one checkpoint, until all that were asked have answered or time is up.
private final class CosigningRound: Sendable {
    private struct State {
        var awaited: Int
        var lines: [NoteSignature] = []
        var completion: (@Sendable ([NoteSignature]) -> Void)?
    }

    private let state: Lock<State>

    init(awaited: Int, completion: @escaping @Sendable ([NoteSignature]) -> Void) {
        self.state = Lock(State(awaited: awaited, completion: completion))
    }

    /// - Returns: false when it came too late.
    func add(_ line: NoteSignature?) -> Bool {
        let (isInTime, isLast) = self.state.withLock { state in
            state.awaited -= 1
            if let line { state.lines.append(line) }
            return (state.completion != nil, state.awaited == 0)
        }
        if isLast { self.end() }
        return isInTime
    }

    func end() {
        let (completion, lines) = self.state.withLock { state in
            (state.completion.take(), state.lines)
        }
        completion?(lines.sorted { $0.line.lexicographicallyPrecedes($1.line) })
    }
}
