/// What becomes of a state by an event, by both of their numbers.
struct SuccessorTable {
    private var keys: [UInt64]
    private var values: [UInt32]
    private(set) var count = 0
    /// No state and event have it: there are fewer kinds of events.
    private static let none = UInt64.max

    init() {
        self.keys = [UInt64](repeating: Self.none, count: 1 << 12)
        self.values = [UInt32](repeating: 0, count: 1 << 12)
    }

    subscript(state: UInt32, event: ExploredEvent) -> UInt32? {
        get {
            let key = UInt64(state) << 32 | UInt64(event.rawValue)
            let slot = self.slot(of: key)
            return self.keys[slot] == key ? self.values[slot] : nil
        }
    }

    /// - Precondition: there is none yet.
    mutating func insert(_ next: UInt32, for state: UInt32, _ event: ExploredEvent) {
        self.insert(UInt64(state) << 32 | UInt64(event.rawValue), next)
        self.count += 1
        if 2 * self.count > self.keys.count { self.grow() }
    }

    private mutating func insert(_ key: UInt64, _ value: UInt32) {
        let slot = self.slot(of: key)
        self.keys[slot] = key
        self.values[slot] = value
    }

    private func slot(of key: UInt64) -> Int {
        let mask = self.keys.count - 1
        var mixed = (key ^ (key >> 32)) &* 0xD6E8_FEB8_6659_FD93
        mixed ^= mixed >> 32
        var slot = Int(truncatingIfNeeded: mixed) & mask
        while self.keys[slot] != key, self.keys[slot] != Self.none { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        let (keys, values) = (self.keys, self.values)
        self.keys = [UInt64](repeating: Self.none, count: 2 * keys.count)
        self.values = [UInt32](repeating: 0, count: 2 * keys.count)
        for (key, value) in zip(keys, values) where key != Self.none { self.insert(key, value) }
    }
}
