/// Incoming connections that haven't said who they are, bounded in all and by where they come from. Pure.
///
/// A newcomer always finds room: the oldest goes. Who introduces itself needs some round trips; who fills the places with
/// connections that say nothing would have to renew all of them within that time. It is the newcomer's own network that
/// has to give way when that has its share, else the one with the most. Members come in by a reserve that strangers don't
/// fill, as far as it is known where they come from.
package struct PendingHandshakes {
    private struct Entry {
        var source: SourceNetwork
        var isReserved: Bool
    }

    private let limit: Int
    private let limitPerSource: Int
    private let reserve: Int
    /// By number, which rises.
    private var entries: [UInt64: Entry] = [:]

    package init(limits: PeerLimits) {
        self.limit = limits.handshakes
        self.limitPerSource = limits.handshakesPerHost
        self.reserve = limits.handshakesReserved
    }

    package var count: Int { self.entries.count }

    /// Takes one more in.
    ///
    /// - Parameters:
    ///   - id: larger than all before.
    ///   - isKnown: whether members come from there.
    /// - Returns: the one that has to go for it.
    package mutating func begin(id: UInt64, from source: SourceNetwork, isKnown: Bool) -> UInt64? {
        let others = self.entries.filter { !$0.value.isReserved }
        let ofSource = others.filter { $0.value.source == source }
        let isShort = others.count >= self.limit || ofSource.count >= self.limitPerSource
        guard isShort else {
            self.entries[id] = Entry(source: source, isReserved: false)
            return nil
        }
        let leaving: UInt64?
        if isKnown {
            let reserved = self.entries.filter(\.value.isReserved)
            leaving = reserved.count >= self.reserve ? reserved.keys.min() : nil
            self.entries[id] = Entry(source: source, isReserved: true)
        } else {
            leaving = ofSource.count >= self.limitPerSource ? ofSource.keys.min() : Self.oldestOfMost(others)
            self.entries[id] = Entry(source: source, isReserved: false)
        }
        if let leaving { self.entries[leaving] = nil }
        return leaving
    }

    /// The oldest of the network with the most.
    private static func oldestOfMost(_ entries: [UInt64: Entry]) -> UInt64? {
        let bySource = Dictionary(grouping: entries, by: \.value.source).mapValues { $0.map(\.key) }
        return bySource.values.max {
            ($0.count, $1.min() ?? 0) < ($1.count, $0.min() ?? 0)
        }?.min()
    }

    /// For one that isn't counted, nothing.
    package mutating func end(id: UInt64) {
        self.entries[id] = nil
    }
}
