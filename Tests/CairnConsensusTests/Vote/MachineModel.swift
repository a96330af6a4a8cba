import CairnConsensus
import CairnLedger

/// What the machine should do, said in the simplest way: lists that are searched.
struct MachineModel {
    struct Item {
        var id: String?
        var texts: [String]
        var tickets: [UInt64]
        /// Where its records are, once they are in the ledger.
        var first = 0

        var end: Int { self.first + self.texts.count }
    }

    let window: Int
    let capacity: Int
    private(set) var ledger: [Item] = []
    private(set) var size = 0
    private(set) var blocks = 0
    private(set) var storing: [Item] = []
    private(set) var waiting: [Item] = []

    init(window: Int, capacity: Int) {
        self.window = window
        self.capacity = capacity
    }

    mutating func submit(_ items: [Item]) -> [String] {
        items.compactMap { self.submit($0) } + self.propose()
    }

    private mutating func submit(_ item: Item) -> String? {
        let ticket = item.tickets[0]
        if let id = item.id {
            if let known = self.ledger.last(where: { $0.id == id && $0.end + self.window > self.size }) {
                return "compare \(ticket) (\(item.texts.count)) with \(known.first)+\(known.texts.count)"
            }
            for place in self.storing.indices where self.storing[place].id == id {
                return Self.join(item, &self.storing[place])
            }
            for place in self.waiting.indices where self.waiting[place].id == id {
                return Self.join(item, &self.waiting[place])
            }
        }
        // What is being stored takes room until it is.
        let held = self.storing + self.waiting
        let records = held.reduce(item.texts.count) { $0 + $1.texts.count }
        guard held.isEmpty || records <= self.capacity else { return "refuse \(ticket): queueFull" }
        self.waiting.append(item)
        return nil
    }

    private static func join(_ item: Item, _ other: inout Item) -> String? {
        guard other.texts == item.texts else { return "refuse \(item.tickets[0]): idReused" }
        other.tickets += item.tickets
        return nil
    }

    mutating func stored() -> [String] {
        var places: [String] = []
        for var item in self.storing {
            item.first = self.size
            self.size += item.texts.count
            self.ledger.append(item)
            places.append("\(Self.numbers(item)) at \(item.first)+\(item.texts.count)")
        }
        self.storing = []
        self.blocks += 1
        return ["accept \(places.joined(separator: ", ")) in \(self.blocks)"] + self.propose()
    }

    mutating func noSpace() -> [String] {
        let tickets = self.storing.map(Self.numbers).joined(separator: "&")
        self.storing = []
        return ["refuse \(tickets): noSpace"] + self.propose()
    }

    /// All that waits fits one block here: limits have tests of their own.
    private mutating func propose() -> [String] {
        guard self.storing.isEmpty, !self.waiting.isEmpty else { return [] }
        self.storing = self.waiting
        self.waiting = []
        let texts = self.storing.flatMap(\.texts).joined(separator: ",")
        return ["store \(self.blocks + 1): \(texts)"]
    }

    private static func numbers(_ item: Item) -> String {
        item.tickets.map { String($0) }.joined(separator: "&")
    }
}
