/// What is yet to happen, by time; of two things at one time, the one that was scheduled first happens first.
///
/// A binary heap (Williams, "Algorithm 232: Heapsort", 1964): O(log n) a step. The events stay in their places, so
/// that only small items move.
package struct EventQueue<Event> {
    private struct Item {
        var time: WorldTime
        var number: UInt64
        var place: Int

        func isBefore(_ other: Item) -> Bool {
            self.time != other.time ? self.time < other.time : self.number < other.number
        }
    }

    private var items: [Item] = []
    private var events: [Event?] = []
    /// Places in `events` that hold none.
    private var free: [Int] = []
    private var nextNumber: UInt64 = 0

    package init() {
    }

    package mutating func schedule(_ event: Event, at time: WorldTime) {
        let place: Int
        if let known = self.free.popLast() {
            place = known
            self.events[place] = event
        } else {
            place = self.events.count
            self.events.append(event)
        }
        self.items.append(Item(time: time, number: self.nextNumber, place: place))
        self.nextNumber += 1
        var child = self.items.count - 1
        while child > 0, self.items[child].isBefore(self.items[(child - 1) / 2]) {
            self.items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    package mutating func takeNext() -> (time: WorldTime, event: Event)? {
        guard let first = self.items.first, let last = self.items.popLast() else { return nil }
        if !self.items.isEmpty {
            self.items[0] = last
            self.sinkFirst()
        }
        guard let event = self.events[first.place].take() else { preconditionFailure("an event happens once") }
        self.free.append(first.place)
        return (first.time, event)
    }

    private mutating func sinkFirst() {
        var parent = 0
        while true {
            var least = parent
            for child in 2 * parent + 1...2 * parent + 2 {
                if child < self.items.count, self.items[child].isBefore(self.items[least]) { least = child }
            }
            guard least != parent else { return }
            self.items.swapAt(parent, least)
            parent = least
        }
    }
}
