internal import CairnHash
internal import CairnLedger

/// Single blocks that are wanted for repairs.
struct Repairs: Sendable {
    private struct Wanted: Sendable {
        var hash: Digest?
        /// Who was asked for it, or gave the candidate that is being judged.
        var node: PublicKey?
        var isJudged = false
        /// Who couldn't help, in this round.
        var tried: Set<PublicKey> = []
        /// Nobody could: when they are asked again.
        var againAt: Instant?
        var pause: Duration?
    }

    /// Blocks asked for at the same time.
    private static let askedMax = 4

    private var wanted: [BlockIndex: Wanted] = [:]

    var isEmpty: Bool { self.wanted.isEmpty }
    var nextAt: Instant? { self.wanted.values.compactMap(\.againAt).min() }

    mutating func want(_ index: BlockIndex, hash: Digest?) {
        if self.wanted[index] == nil { self.wanted[index] = Wanted(hash: hash) }
    }

    mutating func end(_ index: BlockIndex) { self.wanted[index] = nil }

    func isAsked(_ index: BlockIndex, of node: PublicKey) -> Bool {
        self.wanted[index].map { $0.node == node && !$0.isJudged } ?? false
    }

    // MARK: Asking

    /// Blocks that somebody is to be asked for now, the lowest first.
    func open(now: Instant) -> [BlockIndex] {
        let asked = self.wanted.values.count { $0.node != nil }
        let open = self.wanted.filter { $1.node == nil && $1.againAt.map { $0 <= now } != false }.keys
        return Array(open.sorted().prefix(max(0, Self.askedMax - asked)))
    }

    func wasTried(_ node: PublicKey, for index: BlockIndex) -> Bool {
        self.wanted[index]?.tried.contains(node) == true
    }

    mutating func ask(_ index: BlockIndex, of node: PublicKey) {
        self.wanted[index]?.node = node
        self.wanted[index]?.againAt = nil
        self.wanted[index]?.tried.insert(node)
    }

    /// Nobody is left to ask: after a pause, all are asked again.
    mutating func wait(for index: BlockIndex, now: Instant, _ configuration: CatchUpConfiguration) {
        guard var wanted = self.wanted[index] else { return }
        let pause = wanted.pause ?? configuration.restMin
        wanted.againAt = now + pause
        wanted.pause = min(pause * 2, configuration.restMax)
        wanted.tried = []
        self.wanted[index] = wanted
    }

    // MARK: Answers

    /// Whether a block may be the one.
    func fits(_ hash: Digest, at index: BlockIndex) -> Bool {
        guard let wanted = self.wanted[index] else { return false }
        return wanted.hash.map { $0 == hash } ?? true
    }

    mutating func judge(_ index: BlockIndex) { self.wanted[index]?.isJudged = true }

    /// Who gave the candidate that is being judged.
    func giver(of index: BlockIndex) -> PublicKey? {
        self.wanted[index].flatMap { $0.isJudged ? $0.node : nil }
    }

    /// A node doesn't have it, or not the right one.
    mutating func refuse(_ index: BlockIndex, _ node: PublicKey) {
        guard self.wanted[index]?.node == node else { return }
        self.wanted[index]?.node = nil
        self.wanted[index]?.isJudged = false
    }

    /// A node answers no more: others are asked. What it gave is judged all the same.
    mutating func lose(_ node: PublicKey) {
        for index in self.wanted.keys where self.isAsked(index, of: node) { self.refuse(index, node) }
    }
}
