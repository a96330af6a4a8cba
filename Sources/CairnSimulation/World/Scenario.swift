import CairnLedger

/// What a seed stands for: who takes part, how bad the world is, and what clients want.
struct Scenario: Sendable {
    /// A node at the beginning.
    struct Participant: Sendable {
        /// Nil for a follower.
        var power: UInt64?
        /// Nil for an honest node.
        var lie: LieKind?
    }

    struct Delays: Sendable {
        /// Of nearly all messages, in nanoseconds.
        var usual: ClosedRange<UInt64>
        /// Of the others, while there are faults.
        var tail: ClosedRange<UInt64>
        var tailPerMille: Int
        var lossPerMille: Int
        var duplicationPerMille: Int
    }

    struct Disks: Sendable {
        /// How long a sync takes, in nanoseconds.
        var usual: ClosedRange<UInt64>
        /// How long a few take, while there are faults.
        var slow: ClosedRange<UInt64>
        var slowPerMille: Int
    }

    let seed: UInt64
    var faultModel: FaultModel
    var signing: SimulatedKey.Signing
    var participants: [Participant]
    var delays: Delays
    var disks: Disks
    /// Clocks run at most this much too fast or slow, in parts of a million.
    var driftPerMillionMax: Int64
    var wallOffsetMicrosecondsMax: Int64
    /// In records.
    var submissionWindow: UInt64
    var clients: Int
    var operations: Int
    var recordsMax: Int
    /// The mean time between two operations of a client.
    var thinkTime: UInt64
    var keyedPerMille: Int
    var safetyTime: UInt64
    /// The mean time between two faults; nil for a seed without any.
    var faultGap: UInt64?
    /// How many changes of members are tried.
    var changes: Int
    var mempoolRecords: Int
    var idleTime: UInt64
    var catchUp: CatchUpScenario
    var rare: RareFaults

    static let participantsMax = 13

    /// Who founds a ledger may have a wrong clock: in one of 16 seeds, its first block is a day ahead of all clocks, and no
    /// block can be earlier. Not drawn, so that a seed means what it meant before.
    var genesisAheadMicroseconds: Int64 { self.seed % 16 == 15 ? 86_400_000_000 : 0 }

    /// The rule that a ledger is founded with: three of five have the newest. Not drawn either.
    var agreement: AgreementRule { self.seed % 5 < 2 ? .simplex1 : .simplex2 }

    /// Whether notarise votes of all founders make a block final: with that rule, where any two have a third of the power.
    var isFinalWithAll: Bool {
        let powers = self.participants.compactMap(\.power).sorted()
        guard self.agreement == .simplex2, self.faultModel == .bft, powers.count > 1 else { return false }
        return 3 * powers.prefix(2).reduce(0, +) >= powers.reduce(0, +)
    }

    /// Behind so many blocks a node begins its journal anew: in half of the seeds very often, so that it happens at each moment of a
    /// view. Not drawn either.
    var blocksInJournalMax: Int { self.seed % 2 == 0 ? 16 : Int(1 + self.seed / 2 % 4) }
}

extension Scenario {
    /// What a seed stands for. Never change how: seeds in the past-bugs table would mean something else.
    init(seed: UInt64) {
        var draw = SeededGenerator(seed: seed)
        let members = [1, 2, 3, 4, 5, 6, 7, 10, 13][draw.pick(weights: [8, 5, 25, 34, 10, 4, 8, 2, 1])]
        self.seed = seed
        self.faultModel = draw.chance(perMille: members >= 4 ? 600 : 150) ? .bft : .majority
        self.signing = draw.below(50) == 0 && members <= 4 ? .ed25519 : .hashed
        let powerMax: UInt64 = draw.chance(perMille: 500) ? 1 : draw.within(2...9)
        self.participants = (0..<members).map { _ in Participant(power: draw.within(1...powerMax)) }
        let room = Self.participantsMax - members
        let followers = draw.chance(perMille: 250) ? min(room, draw.within(1...2)) : 0
        for _ in 0..<followers { self.participants.append(Participant()) }

        let base = UInt64.microseconds(draw.within(20...3_000))
        let isCalm = draw.chance(perMille: 150)
        self.delays = Delays(
            usual: base...base * draw.within(2...8), tail: base * 8...base * draw.within(20...100),
            tailPerMille: isCalm ? 0 : draw.below(60), lossPerMille: isCalm ? 0 : draw.below(120),
            duplicationPerMille: isCalm ? 0 : draw.below(80))
        let sync = UInt64.microseconds(draw.within(50...3_000))
        self.disks = Disks(
            usual: sync...sync * draw.within(1...5), slow: .milliseconds(20)...(.milliseconds(draw.within(40...800))),
            slowPerMille: draw.below(30))
        self.driftPerMillionMax = Int64(draw.below(300))
        self.wallOffsetMicrosecondsMax = Int64(draw.below(2_000_000))
        self.submissionWindow = draw.chance(perMille: 200) ? draw.within(20...200) : Limits.submissionWindowDefault
        self.clients = draw.within(1...4)
        self.operations = draw.within(20...80)
        self.recordsMax = draw.chance(perMille: 300) ? draw.within(2...12) : 2
        self.safetyTime = .milliseconds(draw.within(1_500...8_000))
        self.thinkTime = self.safetyTime * UInt64(self.clients) / UInt64(self.operations)
        self.keyedPerMille = draw.within(300...1_000)
        self.faultGap = isCalm && draw.chance(perMille: 500) ? nil : .milliseconds(draw.within(60...900))
        self.changes = draw.chance(perMille: 350) ? draw.within(1...4) : 0
        self.mempoolRecords = draw.chance(perMille: 100) ? draw.within(4...20) : 4_096
        self.idleTime = .seconds(draw.within(20...60))
        self.catchUp = CatchUpScenario(seed: seed)
        self.rare = RareFaults(
            seed: seed, participants: self.participants.count, safetyTime: self.safetyTime)
        if let window = self.rare.edgeWindow { self.submissionWindow = window }
        if self.faultModel == .bft { self.addLiars(&draw) }
        self.exchangeLies()
    }

    /// Liars with less than a third of the power.
    private mutating func addLiars(_ draw: inout SeededGenerator) {
        guard draw.chance(perMille: 800) else { return }
        let total = self.participants.reduce(0) { $0 + ($1.power ?? 0) }
        var lying: UInt64 = 0
        for place in draw.mix(Array(self.participants.indices)) {
            guard let power = self.participants[place].power, 3 * (lying + power) < total,
                let kind = draw.choose(LieKind.drawnFirst)
            else { continue }
            lying += power
            self.participants[place].lie = kind
            if draw.chance(perMille: 300) { return }
        }
    }

    /// Some liars lie in one of the ways that came later.
    private mutating func exchangeLies() {
        var draw = SeededGenerator(seed: self.seed ^ 0x6C69_6172_7300_0000)
        for place in self.participants.indices where self.participants[place].lie != nil {
            guard draw.chance(perMille: 350), let kind = draw.choose(LieKind.drawnLater) else { continue }
            self.participants[place].lie = kind
        }
    }
}
