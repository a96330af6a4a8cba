import CairnConsensus
import CairnLedger

/// Goes through all states of one scenario, nearest first, and looks at each.
///
/// A state is a state of each member. What is on its way follows from that, since nothing that was sent is ever gone. A
/// member's machine runs once for each of its own states and each event: all states of all members together are found by
/// combining numbers.
package final class Exploration {
    package let scenario: ExploreScenario
    let stage: ExploreStage
    let packets: ExploredPackets
    /// By place; none for the liar, whose number in a state is that of its script.
    let tables: [MemberTable?]
    private let scriptPackets: [[ExploredPacket]]

    private(set) var states = TupleTable()
    /// The number of the state from which each was found, its own for those from which all begins.
    private(set) var parents: [UInt32] = []
    private var steps: [MemberSteps?]
    /// By place: what a member may do, by its state and what others have sent.
    private var knownSteps: [(keys: TupleTable, ends: [[UInt32]])]
    private var check: StateCheck
    private(set) var progress = ExploreProgress()

    package init(_ scenario: ExploreScenario, bug: PlantedBug? = nil) throws(Violation) {
        precondition(scenario.powers.count <= TupleTable.Tuple.scalarCount, "a state has room for four members")
        let stage = try ExploreStage(scenario, bug: bug)
        let packets = ExploredPackets(
            members: scenario.powers.count, usual: { scenario.hasRequests ? $0 : stage.withUsualQuorum($0) },
            liarsAnswers: { stage.answers(to: $0) })
        let tables = try stage.beginnings().map {
            $0.place == scenario.liar ? nil : MemberTable($0, stage: stage, packets: packets)
        }
        self.scenario = scenario
        self.stage = stage
        self.packets = packets
        self.tables = tables
        self.scriptPackets = scenario.lies.map { stage.packets(of: $0) }
        var quietMax = 0
        if case .single(let count) = scenario.delivery { quietMax = count }
        self.steps = tables.map { $0.map { MemberSteps(table: $0, quietMax: quietMax) } }
        self.knownSteps = tables.map { _ in (TupleTable(), []) }
        self.check = StateCheck(stage: stage, tables: tables, packets: packets)
    }

    /// - Parameters:
    ///   - seconds: since any moment, by the caller's clock.
    ///   - report: gets a line now and then.
    package func run(
        _ bounds: ExploreBounds, seconds: () -> Double, report: (String) -> Void = { _ in }
    ) -> ExploreResult {
        let began = seconds()
        var violation: Violation?
        do throws(Violation) {
            try self.explore(bounds, seconds: { seconds() - began }, report: report)
        } catch {
            violation = error
        }
        self.progress.seconds = seconds() - began
        return self.result(violation)
    }

    private func explore(
        _ bounds: ExploreBounds, seconds: () -> Double, report: (String) -> Void
    ) throws(Violation) {
        for state in self.beginnings { try self.add(state, from: nil) }
        var next = 0
        var layerEnd = self.states.count
        var reportAt = 10.0
        while next < self.states.count {
            if next == layerEnd {
                self.progress.depth += 1
                layerEnd = self.states.count
            }
            self.progress.expanded = next
            if next.isMultiple(of: self.scenario.fairRunEach) { try self.runFairly(from: next) }
            let state = self.states[next]
            for place in self.scenario.honest {
                for end in self.ends(of: place, in: state) {
                    self.progress.transitions += 1
                    var reached = state
                    reached[place] = end
                    try self.add(reached, from: next)
                }
            }
            next += 1
            guard next.isMultiple(of: 64) else { continue }
            let now = seconds()
            if self.states.count > bounds.states || now > bounds.seconds || self.memberStates > bounds.memberStates {
                return
            }
            if now >= reportAt {
                reportAt += 10
                report(self.line(seconds: now))
            }
        }
        self.progress.expanded = next
        self.progress.isComplete = true
    }

    var memberStates: Int { self.tables.reduce(0) { $0 + ($1?.count ?? 0) } }

    private func line(seconds: Double) -> String {
        "\(self.scenario.name): \(self.states.count) states, \(self.progress.expanded) gone through, depth "
            + "\(self.progress.depth); \(self.memberStates) states of members; \(Int(seconds)) s"
    }

    // MARK: States

    /// One for each script of the liar and each way to share out the crashes.
    private var beginnings: [TupleTable.Tuple] {
        var shares: [[Int]] = [[]]
        for place in self.tables.indices {
            shares = shares.flatMap { share in
                let left = self.scenario.crashes - share.reduce(0, +)
                return (0...(place == self.scenario.liar ? 0 : left)).map { share + [$0] }
            }
        }
        return max(1, self.scenario.lies.count).asRange.flatMap { script in
            shares.filter { $0.reduce(0, +) == self.scenario.crashes }.map { share in
                var state = TupleTable.Tuple(repeating: 0)
                for (place, table) in self.tables.enumerated() {
                    state[place] = table?.begin(crashes: share[place]) ?? UInt32(script)
                }
                return state
            }
        }
    }

    private func add(_ state: TupleTable.Tuple, from parent: Int?) throws(Violation) {
        let (number, isNew) = self.states.insert(state)
        guard isNew else { return }
        self.parents.append(UInt32(parent ?? number))
        try self.check.check(state)
    }

    /// What others have sent to a member, and may arrive.
    func heard(by place: Int, in state: TupleTable.Tuple) -> [(sender: Int, packets: [UInt32])] {
        var toLiar: [UInt32] = []
        var heard: [(sender: Int, packets: [UInt32])] = []
        for (other, table) in self.tables.enumerated() where other != place {
            guard let table else { continue }
            let sent = self.packets.sets[Int(table.sent(state[other]))]
            heard.append((other, sent.byReceiver[place]))
            if let liar = self.scenario.liar { toLiar += sent.byReceiver[liar] }
        }
        if let liar = self.scenario.liar {
            // The liar also hears what the member itself says.
            if let table = self.tables[place] {
                toLiar += self.packets.sets[Int(table.sent(state[place]))].byReceiver[liar]
            }
            let script = Int(state[liar])
            var lies = self.scriptPackets[script].filter { $0.receiver == place }.map(self.packets.number(of:))
            if self.scenario.lies[script].answers { lies += self.packets.answers(to: toLiar.sorted(), for: place) }
            heard.append((liar, Set(lies).sorted()))
        }
        return heard
    }

    /// The states that a member may come to by one step.
    private func ends(of place: Int, in state: TupleTable.Tuple) -> [UInt32] {
        var key = state
        for (other, table) in self.tables.enumerated() where other != place {
            if let table { key[other] = table.sent(state[other]) }
        }
        let (number, isNew) = self.knownSteps[place].keys.insert(key)
        if !isNew { return self.knownSteps[place].ends[number] }
        let heard = self.heard(by: place, in: state)
        let ends: [UInt32]
        switch self.scenario.delivery {
        case .single:
            ends = self.steps[place]?.steps(from: state[place], hearing: heard.flatMap(\.packets)) ?? []
        case .bySender:
            ends = self.wholeSteps(of: place, from: state[place], hearing: heard).map(\.end)
        }
        self.knownSteps[place].ends.append(ends)
        return ends
    }

    // MARK: Fair runs

    private func runFairly(from number: Int) throws(Violation) {
        let state = self.states[number]
        var members: [ExploredMember] = []
        var sent: [ExploredPacket] = []
        for (place, table) in self.tables.enumerated() {
            guard let table else { continue }
            members.append(table.member(state[place]))
            sent += self.packets.sets[Int(table.sent(state[place]))].all.map { self.packets[$0] }
        }
        self.progress.violating = (number, nil)
        try self.runFairly(members, sent)
        // And when somebody crashes just now.
        for place in members.indices {
            for event in members[place].ownEvents where event.kind == .crash || event.kind == .trim {
                var crashed = members
                crashed[place] = members[place].copy()
                crashed[place].happen(event) { self.packets[$0] }
                self.progress.violating = (number, self.line(event, at: members[place].place))
                try self.runFairly(crashed, sent)
            }
        }
        // Nobody else can tell such a crash, so that there are no states of their own after two of them.
        let trimmed = members.map { member in
            guard member.ownEvents.contains(.trim) else { return member }
            var member = member.copy()
            member.happen(.trim) { self.packets[$0] }
            return member
        }
        if self.scenario.trims {
            self.progress.violating = (number, "all that can begin their journals anew, crash, and come back")
            try self.runFairly(trimmed, sent)
        }
        self.progress.violating = nil
    }

    /// Once with all that was ever sent, and once after all of it was lost.
    private func runFairly(_ members: [ExploredMember], _ sent: [ExploredPacket]) throws(Violation) {
        for arriving in [sent, []] {
            var run = FairRun(stage: self.stage, members: members, sent: arriving)
            self.progress.fairRuns += 1
            try run.run()
        }
    }

    private func result(_ violation: Violation?) -> ExploreResult {
        var result = ExploreResult(scenario: self.scenario, progress: self.progress, violation: violation)
        result.states = self.states.count
        result.memberStates = self.memberStates
        result.machineRuns = self.tables.reduce(0) { $0 + ($1?.runs ?? 0) }
        result.packets = self.packets.packets.count
        result.checks = self.check.count
        for (place, steps) in self.steps.enumerated() {
            guard let longest = steps?.longest, MemberSteps.quietlyTaken(longest) > result.quietUsed else { continue }
            result.quietUsed = MemberSteps.quietlyTaken(longest)
            result.longest = longest.map { self.line($0, at: place) }
        }
        if violation != nil {
            result.trace = self.trace(to: self.progress.violating?.state ?? self.states.count - 1)
            if let violating = self.progress.violating {
                let last = [violating.crash, "a fair run from here on"].compactMap { $0 }
                for line in last { result.trace.append("\(result.trace.count + 1). \(line)") }
            }
        }
        return result
    }
}

extension Int {
    fileprivate var asRange: Range<Int> { 0..<self }
}
