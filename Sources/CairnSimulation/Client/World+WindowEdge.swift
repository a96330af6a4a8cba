import CairnLedger

/// Clients who hand an id in again just when its place is about to leave the window, or has just left it.
///
/// Through several nodes at once: one may know the old place only while the id stands in a block under way, or find the old one
/// gone where the leader doesn't.
extension World {
    /// So many hand-ins, each at several nodes: what leaves the window is written once more, and so pushes the next one out.
    private static let edgeTriesMax = 60
    /// So many records to each side of the edge.
    private static let edgeRecords: UInt64 = 3

    func handInAtEdge() throws(Violation) {
        guard self.phase == .safety, self.edgeTries < Self.edgeTriesMax else { return }
        self.schedule(.edge, after: .milliseconds(self.rareDraw.within(UInt64(2)...50)))
        let forgotten = self.judge.forgotten(at: self.judge.head.endRecord)
        guard forgotten > 0, let operation = self.rareDraw.choose(self.operationsAtEdge(forgotten)) else { return }
        self.edgeTries += 1
        let ready = self.nodes.filter { $0.isUp && $0.pausedUntil <= self.time }
        for node in self.rareDraw.mix(ready).prefix(self.rareDraw.within(2...4)) {
            self.happened.idsAtEdge += 1
            try self.handIn(operation, at: node)
        }
    }

    /// Those with a key whose newest place ends near the first record that isn't forgotten.
    private func operationsAtEdge(_ forgotten: UInt64) -> [Int] {
        self.clients.operations.indices.filter { place in
            let operation = self.clients.operations[place]
            let expected = self.judge.operations[place]
            guard operation.hasKey, !operation.sharesID, let first = expected.firstRecords.last else { return false }
            let end = first + UInt64(expected.count)
            return end <= forgotten + Self.edgeRecords && end + Self.edgeRecords > forgotten
        }
    }
}
