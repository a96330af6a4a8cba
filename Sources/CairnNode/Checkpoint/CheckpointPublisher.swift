internal import CairnHash
public import CairnLedger
internal import CairnStore
internal import Dispatch
internal import Synchronization

/// Signs checkpoints of the durable ledger as it grows, has witnesses cosign them, and publishes them: on a queue of its
/// own, so that appends never wait for it and no checkpoint is signed together with a vote.
final class CheckpointPublisher: Sendable {
    private struct State {
        var schedule = CheckpointSchedule()
        var published: PublishedCheckpoint?
        var waiters: [Waiter] = []
        var witnesses: (any CheckpointWitnesses)?
        var isStopped = false
    }

    private struct Waiter: Sendable {
        var size: TreeSize
        var completion: @Sendable (PublishedCheckpoint?) -> Void
    }

    private let queue = DispatchQueue(label: "cairn.checkpoint", qos: .utility)
    private let store: LedgerStore
    private let signer: CheckpointSigner
    private let state: Mutex<State>

    /// Signs the ledger as it is now.
    init(store: LedgerStore, signer: CheckpointSigner) {
        self.store = store
        self.signer = signer
        var schedule = CheckpointSchedule()
        let head = store.head
        _ = schedule.next(size: head.treeSize.rawValue, now: Self.now())
        schedule.published()
        self.state = Mutex(State(schedule: schedule, published: signer.sign(head, in: store)))
    }

    private static func now() -> Duration {
        .nanoseconds(Int64(DispatchTime.now().uptimeNanoseconds))
    }

    /// The newest checkpoint. Nil before a quorum of the members has signed one.
    var present: PublishedCheckpoint? {
        self.state.withLock { $0.published }
    }

    /// The ledger has grown.
    func signal() {
        self.step()
    }

    /// Gives the first checkpoint of at least some size, as soon as there is one; nil when the node stops before. Some
    /// durable ledger must have that size.
    func wait(for size: TreeSize, completion: @escaping @Sendable (PublishedCheckpoint?) -> Void) {
        let answer: PublishedCheckpoint?? = self.state.withLock { state in
            if let published = state.published, published.size >= size { return .some(published) }
            if state.isStopped { return .some(nil) }
            state.waiters.append(Waiter(size: size, completion: completion))
            return .none
        }
        if let answer { completion(answer) }
    }

    func setWitnesses(_ witnesses: (any CheckpointWitnesses)?) {
        self.state.withLock { $0.witnesses = witnesses }
        self.askWitnessesAgain()
    }

    /// Shows the present checkpoint to the witnesses again, for those that failed before.
    func askWitnessesAgain() {
        self.queue.async {
            let present = self.state.withLock { state in
                state.witnesses != nil && state.schedule.reopen() ? state.published : nil
            }
            if let present { self.collect(present) }
        }
    }

    func stop() {
        let waiters = self.state.withLock { state in
            defer { state.waiters = [] }
            state.isStopped = true
            state.witnesses = nil
            return state.waiters
        }
        for waiter in waiters { waiter.completion(nil) }
    }

    /// Decides on the caller's thread, who may be the one that writes the ledger, and works on the queue.
    private func step() {
        let head = self.store.head
        let step = self.state.withLock { state in
            state.isStopped ? .nothing : state.schedule.next(size: head.treeSize.rawValue, now: Self.now())
        }
        switch step {
        case .nothing: break
        case .wake(let delay):
            self.queue.asyncAfter(deadline: .now() + .nanoseconds(Int(delay / .nanoseconds(1)))) {
                self.state.withLock { $0.schedule.timerFired() }
                self.step()
            }
        case .sign:
            self.queue.async { self.collect(self.signer.sign(head, in: self.store)) }
        }
    }

    // MARK: On the queue

    /// Has a checkpoint cosigned, then publishes it.
    private func collect(_ checkpoint: PublishedCheckpoint?) {
        guard let checkpoint, let witnesses = self.state.withLock({ $0.witnesses }) else {
            self.publish(checkpoint)
            return
        }
        witnesses.cosign(checkpoint) { lines in
            self.queue.async {
                var checkpoint = checkpoint
                checkpoint.add(lines)
                self.publish(checkpoint)
            }
        }
    }

    private func publish(_ checkpoint: PublishedCheckpoint?) {
        let ready = self.state.withLock { state -> [Waiter] in
            state.schedule.published()
            guard let checkpoint else { return [] }
            state.published = checkpoint
            let ready = state.waiters.filter { $0.size <= checkpoint.size }
            state.waiters.removeAll { $0.size <= checkpoint.size }
            return ready
        }
        for waiter in ready { waiter.completion(checkpoint) }
        // What grew meanwhile.
        self.step()
    }
}

/// Who is asked to cosign checkpoints before they are published.
public protocol CheckpointWitnesses: AnyObject, Sendable {
    /// Asks all that can be asked now, and gives back the lines of those that answer within a short time.
    ///
    /// - Parameter completion: to be called once, on any thread.
    func cosign(
        _ checkpoint: PublishedCheckpoint, completion: @escaping @Sendable ([NoteSignature]) -> Void)
}
