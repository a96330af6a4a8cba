/// The links between nodes: how long a message takes, whether it comes at all, and how often.
struct Network {
    private(set) var delays: Scenario.Delays
    private var draw: SeededGenerator
    /// How many partitions cut a link, by sender and receiver.
    private var cuts: [[Int]] = []
    private var partitions: [Int: [(from: Int, to: Int)]] = [:]
    private var nextPartition = 0
    /// More loss for a while, in a thousand.
    var burstLossPerMille = 0
    /// Nobody's proposals arrive.
    var losesProposals = false
    private(set) var isFaulty = true

    init(delays: Scenario.Delays, draw: SeededGenerator) {
        self.delays = delays
        self.draw = draw
    }

    mutating func addNode() {
        for place in self.cuts.indices { self.cuts[place].append(0) }
        self.cuts.append([Int](repeating: 0, count: self.cuts.count + 1))
    }

    // MARK: Messages

    /// How long each copy of a message takes that is sent now; none when it is lost.
    mutating func delays(from sender: Int, to receiver: Int) -> [WorldTime] {
        guard self.cuts[sender][receiver] == 0 else { return [] }
        guard self.isFaulty else { return [self.draw.within(self.delays.usual)] }
        guard !self.draw.chance(perMille: self.delays.lossPerMille + self.burstLossPerMille) else { return [] }
        let copies = self.draw.chance(perMille: self.delays.duplicationPerMille) ? 2 : 1
        return (0..<copies).map { _ in
            self.draw.chance(perMille: self.delays.tailPerMille)
                ? self.draw.within(self.delays.tail) : self.draw.within(self.delays.usual)
        }
    }

    // MARK: Partitions

    /// Cuts links until `heal`. Returns the partition's number.
    mutating func cut(_ links: [(from: Int, to: Int)]) -> Int {
        for (from, to) in links { self.cuts[from][to] += 1 }
        self.partitions[self.nextPartition] = links
        defer { self.nextPartition += 1 }
        return self.nextPartition
    }

    /// The links that a partition cuts, none when it was healed.
    func links(cutBy partition: Int) -> [(from: Int, to: Int)] { self.partitions[partition] ?? [] }

    func isCut(from sender: Int, to receiver: Int) -> Bool { self.cuts[sender][receiver] > 0 }

    mutating func heal(_ partition: Int) {
        for (from, to) in self.partitions.removeValue(forKey: partition) ?? [] { self.cuts[from][to] -= 1 }
    }

    /// All faults end: from now on every message comes once, and soon.
    mutating func endFaults() {
        for partition in 0..<self.nextPartition { self.heal(partition) }
        self.isFaulty = false
    }
}
