internal import CairnConsensus
internal import CairnHash
public import CairnLedger
internal import CairnLock
internal import CairnStore
internal import Dispatch
internal import Logging

/// Signs checkpoints of the durable ledger as it grows, gathers the other members' signatures, has witnesses cosign them,
/// and publishes them: on a queue of its own, so that appends never wait for it and no checkpoint is signed together with a
/// vote.
///
/// Members have to sign the same size. Who signs first tells the others, who sign that size as soon as they have it; a
/// member's place in the set decides how long it waits for somebody else to begin.
final class CheckpointPublisher: Sendable {
    typealias Send = @Sendable (CheckpointShare) -> Void

    private struct State {
        var schedule = CheckpointSchedule()
        var published: PublishedCheckpoint?
        var waiters: [Waiter] = []
        var witnesses: (any CheckpointWitnesses)?
        var send: Send?
        var isStopped = false
        var gathering: CheckpointGathering
        /// What this node told last, for those who come later.
        var lastShare: CheckpointShare?
        /// Of ledgers larger than this node's yet: the newest of each member.
        var early: [PublicKey: CheckpointShare] = [:]
    }

    private struct Waiter: Sendable {
        var size: TreeSize
        var completion: @Sendable (PublishedCheckpoint?) -> Void
    }

    private let queue = DispatchQueue(label: "cairn.checkpoint", qos: .utility)
    private let store: LedgerStore
    private let signer: CheckpointSigner
    private let logger: Logger
    private let state: Lock<State>

    /// Signs the ledger as it is now.
    init(store: LedgerStore, signer: CheckpointSigner, logger: Logger) {
        self.store = store
        self.signer = signer
        self.logger = logger
        self.state = Lock(State(gathering: CheckpointGathering(members: store.members)))
        let head = store.head
        if self.position != nil {
            self.state.withLock { _ = $0.schedule.next(size: head.treeSize.rawValue, now: Self.now()) }
            if let signed = self.sign(head.header) { self.publish(signed) } else { self.endSigning() }
        }
    }

    private static func now() -> Duration {
        .nanoseconds(Int64(DispatchTime.now().uptimeNanoseconds))
    }

    /// This node's place among the members, nil when it is none.
    private var position: Int? { self.store.members.members.position(of: self.signer.keyring.certified.member) }

    /// The newest checkpoint. Nil before a quorum of the members has signed one.
    var present: PublishedCheckpoint? {
        self.state.withLock { $0.published }
    }

    /// The certified keys of those members who signed something since the start, this node among them.
    var keys: [CertifiedNoteKeys] {
        let members = self.store.members.members
        let own = self.signer.keyring.certified
        return self.state.withLock { state in
            members.members.compactMap { $0.key == own.member ? own : state.gathering.keys[$0.key] }
        }
    }

    /// Shares what this node signs with others from now on.
    func setSend(_ send: @escaping Send) {
        let last = self.state.withLock { state in
            state.send = send
            return state.lastShare
        }
        if let last { send(last) }
    }

    /// Somebody came who may lack it.
    func tellAgain() {
        let (send, last) = self.state.withLock { ($0.send, $0.lastShare) }
        if let send, let last { send(last) }
    }

    /// The ledger has grown.
    func signal() {
        if self.state.withLock({ !$0.early.isEmpty }) { self.queue.async { self.takeEarly() } }
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
            state.send = nil
            return state.waiters
        }
        for waiter in waiters { waiter.completion(nil) }
    }

    /// Decides on the caller's thread, who may be the one that writes the ledger, and works on the queue.
    private func step() {
        guard let position else { return }
        let head = self.store.head
        let step = self.state.withLock { state in
            state.isStopped
                ? .nothing
                : state.schedule.next(size: head.treeSize.rawValue, now: Self.now(), place: position)
        }
        switch step {
        case .nothing: break
        case .wake(let delay):
            self.queue.asyncAfter(deadline: .now() + .nanoseconds(Int(delay / .nanoseconds(1)))) {
                self.state.withLock { $0.schedule.timerFired() }
                self.step()
            }
        case .sign:
            self.queue.async {
                guard let signed = self.sign(head.header) else { return self.endSigning() }
                self.collect(signed)
            }
        }
    }

    // MARK: Signing and gathering, on the queue

    /// Signs for this node, and tells the others. Gives the checkpoint when that makes a quorum.
    private func sign(_ header: BlockHeader) -> PublishedCheckpoint? {
        let checkpoint = self.signer.checkpoint(of: header)
        let signatures = self.signer.sign(checkpoint)
        let share = self.signer.share(signatures, under: checkpoint)
        let send = self.state.withLock { state in
            state.lastShare = share
            return state.send
        }
        send?(share)
        do throws(AssemblyError) {
            return try self.take(signatures, keys: share.keys, under: checkpoint, of: header)
        } catch {
            // Only one who is a member no more.
            self.logger.debug("a checkpoint was signed in vain", metadata: ["why": "\(error)"])
            return nil
        }
    }

    private func take(
        _ signatures: MemberSignatures, keys: CertifiedNoteKeys, under checkpoint: Checkpoint, of header: BlockHeader
    ) throws(AssemblyError) -> PublishedCheckpoint? {
        let members = self.store.members
        let signed = try self.state.withLock { state throws(AssemblyError) in
            try state.gathering.take(signatures, keys: keys, under: checkpoint, members: members)
        }
        return signed.map { PublishedCheckpoint($0, evidence: self.signer.evidence(of: header)) }
    }

    /// Without a quorum's signatures yet, the next size may be signed when it is time.
    private func endSigning() {
        self.state.withLock { $0.schedule.published() }
    }

    /// Another member signed a checkpoint.
    ///
    /// - Parameter lied: told when nobody honest would say so.
    func receive(_ share: CheckpointShare, lied: @escaping @Sendable (String) -> Void) {
        self.queue.async {
            do throws(ShareError) {
                try self.take(share)
            } catch {
                lied("\(error)")
            }
        }
    }

    private func takeEarly() {
        let size = self.store.head.treeSize
        let shares = self.state.withLock { state in
            let ready = state.early.filter { share in
                (try? SignedCheckpoint(parsing: share.value.note)).map { $0.checkpoint.size <= size } ?? true
            }
            for key in ready.keys { state.early[key] = nil }
            return ready.values
        }
        for share in shares {
            do throws(ShareError) {
                try self.take(share)
            } catch {
                self.logger.warning("a member's checkpoint is wrong", metadata: ["why": "\(error)"])
            }
        }
    }

    private func take(_ share: CheckpointShare) throws(ShareError) {
        let signed: SignedCheckpoint
        do throws(CheckpointError) {
            signed = try SignedCheckpoint(parsing: share.note)
        } catch {
            throw .note(error)
        }
        let checkpoint = signed.checkpoint
        guard checkpoint.origin == self.signer.origin, signed.note.signatures.count == 2 else { throw .notAShare }
        // Nobody who knows the members of a later epoch is heard before this node knows them.
        guard self.store.members.members.position(of: share.keys.member) != nil else { return }
        guard checkpoint.size <= self.store.head.treeSize else {
            self.state.withLock { $0.early[share.keys.member] = share }
            // It may have grown before that was there to be seen.
            if checkpoint.size <= self.store.head.treeSize { self.takeEarly() }
            return
        }
        let header: BlockHeader?
        do throws(StoreError) {
            header = try self.signer.block(endingAt: checkpoint.size)
        } catch {
            // What is before a snapshot has been signed long ago.
            if case .notHereYet = error { return }
            self.logger.error("can't compare a member's checkpoint with the ledger", metadata: ["error": "\(error)"])
            return
        }
        guard let header, self.signer.checkpoint(of: header) == checkpoint else {
            self.logger.critical(
                "a member signed another tree than this node's: keep this",
                metadata: [
                    "member": "\(share.keys.member)", "note": "\(String(decoding: share.note, as: UTF8.self))",
                ])
            throw .otherTree(size: checkpoint.size)
        }
        let signatures = MemberSignatures(
            member: share.keys.member, log: signed.note.signatures[0], cosignature: signed.note.signatures[1])
        do throws(AssemblyError) {
            var published = try self.take(signatures, keys: share.keys, under: checkpoint, of: header)
            if self.mustSign(checkpoint.size) {
                published = self.sign(header) ?? published
                self.endSigning()
            }
            if let published, published.size >= self.present?.size ?? 0 { self.collect(published) }
        } catch {
            throw .signatures(error)
        }
    }

    /// Whether this node has to sign a size that another member began with.
    private func mustSign(_ size: TreeSize) -> Bool {
        guard self.position != nil else { return false }
        return self.state.withLock { $0.schedule.adopt(size: size.rawValue, now: Self.now()) }
    }

    // MARK: Publishing, on the queue

    /// Has a checkpoint cosigned, then publishes it.
    private func collect(_ checkpoint: PublishedCheckpoint) {
        guard let witnesses = self.state.withLock({ $0.witnesses }) else {
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

    private func publish(_ checkpoint: PublishedCheckpoint) {
        let ready = self.state.withLock { state -> [Waiter] in
            state.schedule.published()
            if let published = state.published, published.size > checkpoint.size { return [] }
            state.published = checkpoint
            state.gathering.published(checkpoint.size)
            let ready = state.waiters.filter { $0.size <= checkpoint.size }
            state.waiters.removeAll { $0.size <= checkpoint.size }
            return ready
        }
        for waiter in ready { waiter.completion(checkpoint) }
        // What grew meanwhile.
        self.step()
    }
}

/// What is wrong with another member's signatures. Nobody honest sends such.
enum ShareError: Error, CustomStringConvertible {
    case note(CheckpointError)
    case notAShare
    case otherTree(size: TreeSize)
    case signatures(AssemblyError)

    var description: String {
        switch self {
        case .note(let error): "it sent a bad checkpoint: \(error)"
        case .notAShare: "it sent something that is not its own checkpoint of this ledger"
        case .otherTree(let size): "it signed another tree of \(size) records"
        case .signatures(let error): "it sent a checkpoint that it did not sign: \(error)"
        }
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
