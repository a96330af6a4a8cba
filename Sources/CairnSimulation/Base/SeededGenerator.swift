/// Random numbers that follow from a seed alone: SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom
/// Number Generators", 2014, figure 16).
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        self.state = seed
        // Neighbouring seeds begin far apart.
        self.state = self.next() ^ 0x6361_6972_6E00_0000
    }

    package mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A generator of its own for one part of a simulation, so that parts don't disturb each other.
    mutating func fork() -> SeededGenerator { SeededGenerator(seed: self.next()) }

    /// From 0 up to `bound`, which must not be 0. Slightly uneven for bounds near 2^64, which nothing here has.
    package mutating func below(_ bound: UInt64) -> UInt64 { self.next().multipliedFullWidth(by: bound).high }

    package mutating func below(_ bound: Int) -> Int { Int(self.below(UInt64(bound))) }

    mutating func within(_ range: ClosedRange<UInt64>) -> UInt64 {
        range.lowerBound + self.below(range.upperBound - range.lowerBound + 1)
    }

    mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + self.below(range.upperBound - range.lowerBound + 1)
    }

    /// True so many times in a thousand.
    mutating func chance(perMille: Int) -> Bool { self.below(1_000) < perMille }

    /// The place of one of some weights, each as likely as it is heavy. Their sum must not be 0.
    mutating func pick(weights: [Int]) -> Int {
        var left = self.below(weights.reduce(0, +))
        for (place, weight) in weights.enumerated() {
            if left < weight { return place }
            left -= weight
        }
        preconditionFailure("the weights have a sum")
    }

    /// Nil when there is nothing to choose from.
    mutating func choose<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[self.below(elements.count)]
    }

    /// All elements in another order (Fisher and Yates).
    mutating func mix<Element>(_ elements: [Element]) -> [Element] {
        var elements = elements
        for place in elements.indices.dropFirst().reversed() { elements.swapAt(place, self.below(place + 1)) }
        return elements
    }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: self.next()) }
    }
}
