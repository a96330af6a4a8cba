import CairnHash

/// What a new ledger is given when nobody says otherwise.
enum Founding {
    static let messageDefault = "The first stone"

    /// A name that no other ledger has by chance: `cairn-` and eight hexadecimal digits.
    static func defaultName(using generator: inout some RandomNumberGenerator) -> String {
        "cairn-" + Hex.encode((0..<4).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    static func defaultName() -> String {
        var generator = SystemRandomNumberGenerator()
        return self.defaultName(using: &generator)
    }
}
