/// The steps that one member may take from a state, given what it may hear.
///
/// A **quiet** event is one after which the member has said nothing new and shown no new final block: nobody else can tell
/// that it happened. A step is some quiet events and then one that is not quiet. Which orders are left out, and why
/// nothing is lost by that:
///
/// A packet that was sent can always be taken later, and a quiet event is nobody else's business, so that it can change its place
/// with whatever happens at other members. So let a quiet event m come before the last event e of a step. If the step without
/// m, with m after it, leads to the very same state, or if it does without m at all, then the longer step is left out: every
/// history with it has one without it in which m comes later or never, with the same words of everybody. Each such exchange makes the first step
/// that it changes shorter and leaves those before it as they are, so that there is no endless row of them. That
/// two ways lead to the same state isn't argued, it is tried out with the machine each time.
///
/// What is left are steps in which each quiet event matters for what comes of the step.
struct MemberSteps {
    let table: MemberTable
    /// So many packets, at most, are taken quietly before something that isn't quiet. Time-outs, syncs and crashes are not counted.
    let quietMax: Int
    /// The step before whose end the most packets are taken, and matter.
    private(set) var longest: [ExploredEvent] = []

    init(table: MemberTable, quietMax: Int) {
        self.table = table
        self.quietMax = quietMax
    }

    /// How many packets were taken before the last event.
    static func quietlyTaken(_ step: [ExploredEvent]) -> Int { step.dropLast().count { $0.kind == .take } }

    private struct Way {
        var state: UInt32
        var events: [ExploredEvent]
    }

    /// - Parameter packets: what others have sent to the member.
    mutating func steps(from start: UInt32, hearing packets: [UInt32]) -> [UInt32] {
        var ends: Set<UInt32> = []
        var ordered: [UInt32] = []
        var longest = self.longest
        self.forEachStep(from: start, hearing: packets) { way, event, end in
            guard !ends.contains(end), !self.isLeftOut(way, event, end, from: start) else { return true }
            let step = way.events + [event]
            if Self.quietlyTaken(step) >= Self.quietlyTaken(longest) { longest = step }
            ends.insert(end)
            ordered.append(end)
            return true
        }
        self.longest = longest
        return ordered
    }

    /// The events of the shortest step from one state to another.
    func events(from start: UInt32, to end: UInt32, hearing packets: [UInt32]) -> [ExploredEvent] {
        var found: [ExploredEvent] = []
        self.forEachStep(from: start, hearing: packets) { way, event, reached in
            guard reached == end else { return true }
            found = way.events + [event]
            return false
        }
        return found
    }

    /// - Parameter body: false when it has enough.
    private func forEachStep(
        from start: UInt32, hearing packets: [UInt32], _ body: (Way, ExploredEvent, UInt32) -> Bool
    ) {
        var seen: Set<UInt32> = [start]
        var ways = [Way(state: start, events: [])]
        for taken in 0...self.quietMax {
            var longer: [Way] = []
            var next = 0
            while next < ways.count {
                let way = ways[next]
                next += 1
                let heard = self.table.isBusy(way.state) ? [] : packets.map(ExploredEvent.take)
                for event in heard + self.table.ownEvents(way.state) {
                    let reached = self.table.successor(of: way.state, by: event)
                    if reached == way.state { continue }
                    if !self.isQuiet(from: way.state, to: reached) {
                        guard body(way, event, reached) else { return }
                    } else if event.kind != .take || taken < self.quietMax, seen.insert(reached).inserted {
                        let further = Way(state: reached, events: way.events + [event])
                        if event.kind == .take { longer.append(further) } else { ways.append(further) }
                    }
                }
            }
            ways = longer
        }
    }

    private func isQuiet(from state: UInt32, to next: UInt32) -> Bool {
        self.table.shown(state) == self.table.shown(next)
    }

    /// Whether the step is made up for by one with fewer quiet events.
    private func isLeftOut(_ way: Way, _ last: ExploredEvent, _ end: UInt32, from start: UInt32) -> Bool {
        for place in way.events.indices {
            var shorter = way.events
            let left = shorter.remove(at: place)
            guard let before = self.follow(shorter, from: start, isQuiet: true),
                let reached = self.follow([last], from: before, isQuiet: false)
            else { continue }
            if reached == end { return true }
            if self.isPossible(left, in: reached), self.table.successor(of: reached, by: left) == end { return true }
        }
        return false
    }

    /// Where some events lead, nil when one of them isn't possible, or isn't as quiet as it has to be.
    private func follow(_ events: [ExploredEvent], from start: UInt32, isQuiet: Bool) -> UInt32? {
        var state = start
        for event in events {
            guard self.isPossible(event, in: state) else { return nil }
            let next = self.table.successor(of: state, by: event)
            guard self.isQuiet(from: state, to: next) == isQuiet else { return nil }
            state = next
        }
        return state
    }

    private func isPossible(_ event: ExploredEvent, in state: UInt32) -> Bool {
        event.kind == .take ? !self.table.isBusy(state) : self.table.ownEvents(state).contains(event)
    }
}
