internal import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnPeers
internal import CairnStore
internal import Dispatch
internal import Logging

// For nodes that begin at the newest block.
extension LedgerDriver {
    /// Answers are for whoever begins, before it is a node at all: here only requests are dealt with.
    func receive(_ message: SnapshotMessage, from sender: PublicKey, credit: ReceiveCredit) {
        switch message {
        case .request, .outlinesRequest: break
        case .snapshot, .outlines, .unavailable: return credit.finish()
        }
        let (store, links) = (self.store, self.links)
        self.servingQueue.async {
            defer { credit.finish() }
            var answer = SnapshotMessage.unavailable
            do throws(StoreError) {
                answer = try Self.answer(message, from: store)
            } catch {
                self.logger.error(
                    "can't read what a node wants that begins with a snapshot", metadata: ["error": "\(error)"])
                if case .corrupt(let corruption) = error { self.reports.damaged(corruption) }
            }
            links?.send(.snapshot(answer), to: [sender])
        }
    }

    private static func answer(
        _ message: SnapshotMessage, from store: LedgerStore
    ) throws(StoreError) -> SnapshotMessage {
        // Who has no history yet can't say what was in the window before.
        guard store.isWhole else { return .unavailable }
        switch message {
        case .request(let epoch):
            return try Self.snapshot(from: epoch, in: store)
        case .outlinesRequest(let last):
            return try SnapshotServing.outlines(through: last, head: store.head.index) { (index) throws(StoreError) in
                try store.outline(of: index)
            }
        case .snapshot, .outlines, .unavailable:
            return .unavailable
        }
    }

    private static func snapshot(
        from epoch: Epoch, in store: LedgerStore
    ) throws(StoreError) -> SnapshotMessage {
        let head = store.head.header
        guard let before = head.index.previous(), let certificate = try store.outline(of: head.index).certificate else {
            return .unavailable
        }
        try store.checkCertificate(certificate, of: head)
        let (ends, isAll) = try SnapshotServing.ends(from: epoch, before: head.epoch) { (epoch) throws(StoreError) in
            try store.end(of: epoch)
        }
        guard isAll else { return .snapshot(SnapshotMessage.Answer(ends: ends, head: nil)) }
        let parent = try store.header(of: before)
        let edge = try store.treeEdge(at: parent.treeSize, root: parent.treeRoot)
        return .snapshot(
            SnapshotMessage.Answer(
                ends: ends,
                head: SnapshotMessage.Head(
                    header: head, certificate: certificate, parent: parent, edge: edge.hashes.flatMap { $0 })))
    }
}
