internal import CairnHash
internal import CairnLedger

/// What a node lacks and has asked for: asked again, elsewhere, until it is there.
struct Asking: Sendable {
    enum Need: Hashable, Sendable {
        case block(Digest)
        case certificates(ClosedRange<View>)
        case finals(from: BlockIndex)
    }

    /// A need, who may have it, and how long it may come by itself.
    struct Lack: Sendable {
        var need: Need
        var hint: PublicKey?
        var patience: Duration = .zero
    }

    struct Asked: Sendable {
        var attempts = 0
        var dueAt: Instant
    }

    private(set) var asked: [Need: Asked] = [:]

    var nextAt: Instant? { self.asked.values.map(\.dueAt).min() }

    /// Takes over what is lacking now.
    ///
    /// - Returns: what to ask for now, and how often it was asked for before.
    mutating func due(
        _ lacks: [Lack], now: Instant, pause: Duration, pauseMax: Duration
    ) -> [(lack: Lack, attempt: Int)] {
        var kept: [Need: Asked] = [:]
        var due: [(lack: Lack, attempt: Int)] = []
        for lack in lacks where kept[lack.need] == nil {
            var asked = self.asked[lack.need] ?? Asked(dueAt: now + lack.patience)
            if asked.dueAt <= now {
                due.append((lack, asked.attempts))
                asked.attempts += 1
                asked.dueAt = now + min(pause * (1 << min(asked.attempts - 1, 16)), pauseMax)
            }
            kept[lack.need] = asked
        }
        self.asked = kept
        return due
    }
}
