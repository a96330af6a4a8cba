package import CairnLedger

// The skeleton: headers, from one node at a time.
extension CatchUpMachine {
    /// Who gives less at once than this, and has more, is asked after others.
    private static let usefulHeaders = 256

    mutating func askForHeaders(_ turn: inout CatchUpTurn) {
        // A message may hold as many again.
        guard self.skeleton.count <= self.configuration.headersAheadMax / 2,
            !self.nodes.values.contains(where: \.owesHeaders)
        else { return }
        // Where little is left, the vote machine asks for it.
        let least = self.isRunning ? max(1, self.configuration.blocksBehindMin / 4) : self.configuration.blocksBehindMin
        let end = self.skeleton.end.index
        let candidates = self.order.filter { node in
            guard let known = self.nodes[node], !known.isResting, known.claimed > end else { return false }
            return known.claimed.rawValue - end.rawValue >= least
        }
        guard let node = candidates.min(by: { self.strikes($0) < self.strikes($1) }) else { return }
        let first = end.next()
        self.nodes[node]?.ask(.headers(from: first), reserving: 0, now: turn.now)
        turn.effects.append(.send(.headersRequest(from: first), to: node))
    }

    private func strikes(_ node: PublicKey) -> Int { self.nodes[node]?.headerStrikes ?? 0 }

    package mutating func receive(_ headers: CheckedCatchUp.Headers, from node: PublicKey, _ turn: inout CatchUpTurn) {
        let answered = self.nodes[node]?.answered(.headers(from: headers.asked), now: turn.now, self.configuration)
        guard answered != nil else { return }
        let count = self.skeleton.append(headers)
        guard count > 0 else { return }
        self.nodes[node]?.wasUseful(gaveBlocks: false, self.configuration)
        self.skeletonGivers.append((headers.end.index, node))
        if count < Self.usefulHeaders, let claimed = self.nodes[node]?.claimed, claimed > headers.end.index {
            self.nodes[node]?.headerStrikes += 1
        }
    }

    /// Blocks can't be taken over before there is a certificate, and so many without one no honest node gives: another one
    /// has to say what the chain looks like.
    mutating func giveUpSkeleton(_ now: Instant) {
        if let giver = self.skeletonGivers.first?.node {
            self.nodes[giver]?.headerStrikes += 1_000
            self.leaveAlone(giver, now)
        }
        self.restart()
    }

    /// Begins anew behind the tip.
    package mutating func restart() {
        for node in self.order { _ = self.nodes[node]?.forgive() }
        self.moveSkeleton()
    }

    /// Begins behind the tip. What is owed may still be of use: headers that begin before it, too.
    mutating func moveSkeleton() {
        self.skeleton = Skeleton(SkeletonEnd(self.tip))
        self.skeletonGivers = []
        self.fetch = BlockFetch(from: self.tip.header.index.next())
    }
}
