import CairnLedger

extension Exploration {
    /// In one step a member takes everything that some of the others have sent so far, or its clock goes on, or something of
    /// its own happens.
    func wholeSteps(
        of place: Int, from start: UInt32, hearing heard: [(sender: Int, packets: [UInt32])]
    ) -> [(end: UInt32, events: [ExploredEvent])] {
        guard let table = self.tables[place] else { return [] }
        var steps: [(end: UInt32, events: [ExploredEvent])] = []
        func add(_ events: [ExploredEvent]) {
            let end = events.reduce(start) { table.successor(of: $0, by: $1) }
            if end != start, !steps.contains(where: { $0.end == end }) { steps.append((end, events)) }
        }
        for chosen in 1..<1 << heard.count {
            let senders = heard.indices.filter { chosen & 1 << $0 != 0 }
            add(senders.flatMap { heard[$0].packets.map(ExploredEvent.take) })
        }
        for event in table.ownEvents(start) { add([event]) }
        return steps
    }

    /// The shortest way to a state, a line a step.
    func trace(to number: Int) -> [String] {
        var way = [number]
        while let last = way.last, Int(self.parents[last]) != last { way.append(Int(self.parents[last])) }
        way.reverse()
        var lines: [String] = []
        if let liar = self.scenario.liar {
            lines.append("member \(liar) lies: \(self.scenario.lies[Int(self.states[way[0]][liar])].name)")
        }
        for (before, after) in zip(way, way.dropFirst()) {
            let (old, new) = (self.states[before], self.states[after])
            guard let place = self.scenario.honest.first(where: { old[$0] != new[$0] }) else { continue }
            lines += self.events(of: place, from: old, to: new[place]).map { self.line($0, at: place) }
        }
        return lines.enumerated().map { "\($0 + 1). \($1)" }
    }

    private func events(of place: Int, from state: TupleTable.Tuple, to end: UInt32) -> [ExploredEvent] {
        guard let table = self.tables[place] else { return [] }
        let heard = self.heard(by: place, in: state)
        switch self.scenario.delivery {
        case .single(let quietMax):
            return MemberSteps(table: table, quietMax: quietMax)
                .events(from: state[place], to: end, hearing: heard.flatMap(\.packets))
        case .bySender:
            return self.wholeSteps(of: place, from: state[place], hearing: heard).first { $0.end == end }?.events ?? []
        }
    }

    func line(_ event: ExploredEvent, at place: Int) -> String {
        switch event.kind {
        case .take: "member \(place) takes \(self.packets[event.argument].summary)"
        case .time: "member \(place)'s clock goes on to when it wants to be woken"
        case .syncJournal: "member \(place)'s journal is synced, \(event.argument) pieces of it"
        case .syncLog: "member \(place)'s block log is synced"
        case .trim: "member \(place) begins its journal anew, crashes, and comes back"
        case .crash:
            "member \(place) crashes and comes back, with \(event.argument >> 8) unsynced entries of its journal and "
                + "\(event.argument & 255) blocks in its log"
        }
    }
}
