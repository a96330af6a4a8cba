internal import CairnLedger
internal import CairnLock

extension PeerNetwork {
    private static let nobodyMet = "no node of this ledger was met there so far; this node's log says why"

    public var linkCount: Int { self.state.withLock { $0.roster.active.count } }

    public var knowsOthers: Bool {
        self.state.withLock { state in
            !state.roster.active.isEmpty || state.book.places.values.contains { !$0.isOwn }
        }
    }

    /// The links there are, by key, then what was looked for in vain.
    public var peers: [PeerStatus] {
        self.state.withLock { state in
            let links = state.activeLinks.sorted { $0.node.isBefore($1.node) }.map { link in
                let gauges = link.status
                return PeerStatus(
                    key: link.node,
                    address: state.book.records[link.node]?.dialable.first ?? link.dialed?.address,
                    isLinked: true, direction: link.direction, since: link.since,
                    isMember: state.roster.members.contains(link.node), roundTrip: gauges.roundTrip,
                    bytesIn: gauges.bytesIn, bytesOut: gauges.bytesOut)
            }
            var missing: [PublicKey?: PeerStatus] = [:]
            var unknown: [PeerStatus] = []
            let places = state.book.places.sorted { $0.key.address.description < $1.key.address.description }
            for (target, place) in places where !place.isOwn {
                let node = target.node ?? place.met
                let isMember = node.map { state.roster.members.contains($0) } ?? false
                // What came of looking at any address that somebody named would tell which ports are open around here.
                let tells = isMember || place.isConfigured || place.met != nil
                let status = PeerStatus(
                    key: node, address: target.address, isLinked: false, direction: nil, since: place.since,
                    isMember: isMember, problem: tells ? place.problem : Self.nobodyMet)
                guard let node else {
                    unknown.append(status)
                    continue
                }
                guard state.roster.active[node] == nil, missing[node] == nil else { continue }
                missing[node] = status
            }
            let known = missing.values.sorted { "\($0.key, default: "")" < "\($1.key, default: "")" }
            return links + known + unknown
        }
    }
}
