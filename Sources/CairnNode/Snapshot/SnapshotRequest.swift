package import CairnConsensus
internal import CairnHash
package import CairnLedger
package import CairnPeers
internal import Dispatch
package import Logging

/// Asks nodes of a ledger where to begin at its newest block, by a key of its own that nobody knows or keeps.
///
/// `@unchecked Sendable`: everything mutable is touched on the queue only.
package final class SnapshotRequest: LinkReceiver, @unchecked Sendable {
    private let queue = DispatchQueue(label: "cairn.snapshot", qos: .userInitiated)
    private let logger: Logger
    private let patience: Duration

    private var machine: SnapshotMachine
    private var links: (any Links)?
    /// What comes before there are links to answer over.
    private var early: [SnapshotEvent] = []
    private var result: SnapshotResult?
    private var isOver = false
    private var continuation: CheckedContinuation<SnapshotResult?, Never>?
    /// When something last came that was of use.
    private var progressAt = Moment.now().instant
    private var progressKey = ""
    private var timerAt: Instant?

    /// - Parameters:
    ///   - genesis: valid.
    ///   - key: of the node that begins.
    ///   - patience: how long anything that is of use is waited for.
    package init(genesis: Block, key: PublicKey, patience: Duration, logger: Logger) {
        guard let machine = SnapshotMachine(genesis: genesis, key: key) else {
            preconditionFailure("the ledger was founded on a valid genesis block")
        }
        self.machine = machine
        self.patience = patience
        self.logger = logger
    }

    package static func ask(
        _ peers: [PeerAddress], genesis: Block, key: PublicKey, patience: Duration, logger: Logger
    ) async throws(NodeError) -> SnapshotResult {
        let request = SnapshotRequest(genesis: genesis, key: key, patience: patience, logger: logger)
        let (result, problems) = try await BriefLinks.ask(
            peers, chain: genesis.header.hash, receiver: request, logger: logger, request.run)
        guard let result else {
            throw .links(
                "no node of the ledger gave a snapshot of it within \(patience.components.seconds) s" + problems
                    + "; without --snapshot the node copies the ledger from its beginning")
        }
        return result
    }

    /// - Returns: nil when nothing of use came for too long.
    package func run(over links: any Links) async -> SnapshotResult? {
        await withCheckedContinuation { continuation in
            self.queue.async {
                self.continuation = continuation
                self.links = links
                for event in self.early { self.handle(event) }
                self.early = []
                self.watch()
            }
        }
    }

    // MARK: On the queue

    private func post(_ event: SnapshotEvent, _ credit: ReceiveCredit? = nil) {
        self.queue.async {
            if self.links == nil { self.early.append(event) } else { self.handle(event) }
            credit?.finish()
        }
    }

    private func handle(_ event: SnapshotEvent) {
        guard !self.isOver else { return }
        for effect in self.machine.handle(event, now: Moment.now().instant) {
            switch effect {
            case .send(let message, let node): self.links?.send(.snapshot(message), to: [node])
            case .sendBlockRequest(let index, let node):
                self.links?.send(.catchUp(.blocksRequest(index...index)), to: [node])
            case .misbehaved(let node, let error):
                self.logger.warning("a node lied", metadata: ["node": "\(node)", "how": "\(error)"])
                self.links?.ban(node, because: "\(error)")
            case .finished(let result): self.finish(result)
            }
        }
        self.noteProgress()
        self.armTimer()
    }

    private func noteProgress() {
        let progress = self.machine.progress
        guard progress != self.progressKey else { return }
        self.progressKey = progress
        self.progressAt = Moment.now().instant
    }

    private func armTimer() {
        guard !self.isOver, let due = self.machine.wakeUp, self.timerAt.map({ due < $0 }) ?? true else { return }
        self.timerAt = due
        let delay = due.since(Moment.now().instant)
        self.queue.asyncAfter(deadline: .now() + .nanoseconds(Int(delay / .nanoseconds(1)))) {
            self.timerAt = nil
            self.handle(.timeReached)
        }
    }

    private func watch() {
        guard !self.isOver else { return }
        guard Moment.now().instant.since(self.progressAt) < self.patience else { return self.finish(nil) }
        self.queue.asyncAfter(deadline: .now() + .milliseconds(200)) { self.watch() }
    }

    private func finish(_ result: SnapshotResult?) {
        guard !self.isOver else { return }
        self.isOver = true
        self.continuation?.resume(returning: result)
        self.continuation = nil
    }

    // MARK: Links

    package func received(_ message: NodeMessage, from node: PublicKey, credit: ReceiveCredit) {
        switch message {
        case .snapshot(let message): self.post(.received(message, from: node), credit)
        case .catchUp(.blocks(let blocks)): self.post(.receivedBlocks(blocks, from: node), credit)
        case .catchUp(.unavailable): self.post(.refusedBlocks(from: node), credit)
        case .vote, .catchUp, .checkpoint: credit.finish()
        }
    }

    package func linked(to node: PublicKey) { self.post(.linked(node)) }
    package func unlinked(from node: PublicKey) { self.post(.unlinked(node)) }
}
