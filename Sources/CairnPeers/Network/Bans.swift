internal import CairnConsensus
internal import CairnLedger

/// Nodes that are kept away for a while. Pure.
struct Bans {
    private struct Ban {
        var until: Instant
        var reason: String
    }

    private let limit: Int
    private var bans: [PublicKey: Ban] = [:]

    init(limit: Int) {
        self.limit = limit
    }

    mutating func add(_ node: PublicKey, until: Instant, reason: String) {
        self.bans[node] = Ban(until: until, reason: reason)
        if self.bans.count > self.limit, let first = self.bans.min(by: { $0.value.until < $1.value.until }) {
            self.bans[first.key] = nil
        }
    }

    /// Why a node is kept away; nil when it isn't.
    func reason(for node: PublicKey, now: Instant) -> String? {
        guard let ban = self.bans[node], now < ban.until else { return nil }
        return ban.reason
    }
}
