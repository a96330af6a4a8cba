/// What a run came to.
struct Figures {
    let members: Int
    let blocks: UInt64
    let records: UInt64
    let wall: Duration
    /// Of all members, signing included.
    let deciding: Duration
    let signing: Duration
    let checking: Duration
    let sentBytes: Int

    /// One member's share of one block, in microseconds.
    private func share(_ duration: Duration) -> Double {
        duration / .microseconds(1) / Double(self.members) / Double(self.blocks)
    }

    var line: String {
        let decide = self.share(self.deciding)
        let fields: [(String, Int)] = [
            ("\(self.members)", 7), ("\(self.blocks)", 8),
            (Self.rounded(Double(self.records) / Double(self.blocks)), 15),
            (Self.rounded(decide - self.share(self.signing)), 11), (Self.rounded(self.share(self.signing)), 9),
            (Self.rounded(self.share(self.checking)), 10),
            (Self.rounded(Double(self.sentBytes) / 1_000 / Double(self.members) / Double(self.blocks)), 9),
            (Self.rounded(Double(self.blocks) / (self.wall / .seconds(1))), 15),
            (Self.rounded(1_000_000 / decide), 18),
        ]
        return fields.map { text, width in String(repeating: " ", count: max(0, width - text.count)) + text }.joined()
    }

    private static func rounded(_ value: Double) -> String { String(Int(value.rounded())) }
}
