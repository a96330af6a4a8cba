import CairnConsensus
import CairnLedger

/// Those who hand records in, and what they were told.
struct Clients {
    /// One submission that a client wants in the ledger.
    struct Operation {
        enum State {
            /// The client waits, and with a key tries again.
            case open
            case acknowledged
            /// Its id was used for other records.
            case refused
            /// Without a key, the client can't know whether the lost answer would have been a yes.
            case unknown
        }

        var client: ClientID
        var submission: Submission
        /// With an idempotency key: it may be tried again.
        var hasKey: Bool
        /// Others have the same id and other records.
        var sharesID: Bool
        var state = State.open
        /// When it was first tried, and the end of all that had been acknowledged then.
        var began: WorldTime
        var floor: UInt64
        /// When its answer came.
        var answered: WorldTime = 0
        var tries = 0
    }

    let count: Int
    var draw: SeededGenerator
    var operations: [Operation] = []
    /// Where each open ticket is, by its number.
    private(set) var tickets: [UInt64: (operation: Int, node: Int)] = [:]
    private var nextTicket: UInt64 = 1

    init(count: Int, draw: SeededGenerator) {
        self.count = count
        self.draw = draw
    }

    mutating func openTicket(operation: Int, node: Int) -> UInt64 {
        self.tickets[self.nextTicket] = (operation, node)
        self.operations[operation].tries += 1
        defer { self.nextTicket += 1 }
        return self.nextTicket
    }

    mutating func closeTicket(_ ticket: UInt64) -> Int? {
        self.tickets.removeValue(forKey: ticket)?.operation
    }

    /// The operations whose tickets went down with a node.
    mutating func lostConnections(to node: Int) -> [Int] {
        let lost = self.tickets.filter { $0.value.node == node }.keys.sorted()
        return lost.compactMap { self.closeTicket($0) }
    }

    /// New records of so many, that nobody else hands in.
    mutating func entries(operation: Int, count: Int) -> Entries {
        var entries = Entries()
        for position in 0..<count {
            let padding = self.draw.chance(perMille: 50) ? self.draw.within(1...600) : 0
            let text = #"{"o":\#(operation),"p":\#(position),"x":"\#(String(repeating: "x", count: padding))"}"#
            entries.append(Record(storedBytes: Array(text.utf8)))
        }
        return entries
    }
}
