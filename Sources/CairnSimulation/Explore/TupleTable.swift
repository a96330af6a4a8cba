/// Different tuples of four numbers, in the order in which they came: 16 bytes each, and a table to find them.
struct TupleTable {
    typealias Tuple = SIMD4<UInt32>

    private(set) var tuples: [Tuple] = []
    /// Places of tuples, one more than the number, 0 where there is none. A power of two, at most half full.
    private var slots = [UInt32](repeating: 0, count: 1 << 10)

    var count: Int { self.tuples.count }

    subscript(number: Int) -> Tuple { self.tuples[number] }

    /// - Returns: the tuple's number, and whether it is new.
    mutating func insert(_ tuple: Tuple) -> (number: Int, isNew: Bool) {
        let slot = self.slot(of: tuple)
        if self.slots[slot] != 0 { return (Int(self.slots[slot]) - 1, false) }
        self.tuples.append(tuple)
        self.slots[slot] = UInt32(self.tuples.count)
        if 2 * self.tuples.count > self.slots.count { self.grow() }
        return (self.tuples.count - 1, true)
    }

    private func slot(of tuple: Tuple) -> Int {
        let mask = self.slots.count - 1
        var slot = Self.mix(tuple) & mask
        while self.slots[slot] != 0, self.tuples[Int(self.slots[slot]) - 1] != tuple { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        self.slots = [UInt32](repeating: 0, count: 2 * self.slots.count)
        for (number, tuple) in self.tuples.enumerated() { self.slots[self.slot(of: tuple)] = UInt32(number + 1) }
    }

    /// Two rounds of SplitMix64's function, one a half.
    private static func mix(_ tuple: Tuple) -> Int {
        func round(_ value: UInt64) -> UInt64 {
            var mixed = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
        let low = UInt64(tuple.x) << 32 | UInt64(tuple.y)
        let high = UInt64(tuple.z) << 32 | UInt64(tuple.w)
        return Int(truncatingIfNeeded: round(round(low &+ 0x9E37_79B9_7F4A_7C15) ^ high) >> 1)
    }
}
