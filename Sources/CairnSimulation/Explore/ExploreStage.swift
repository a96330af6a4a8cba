import CairnConsensus
import CairnHash
import CairnLedger

/// What stands before an exploration begins: keys, the ledger, records, and the liar's blocks.
struct ExploreStage {
    let scenario: ExploreScenario
    let keys: [SimulatedKey]
    let genesis: ChainState
    let submissions: [Submission]
    let submissionsAfterRestart: [Submission]
    /// Of the first block, where there is a prelude.
    let firstSubmission: Submission
    let change: MemberChange?
    let maker: MachineMaker
    let bug: PlantedBug?
    /// Two blocks that the liar may show in the first view that it leads, when that is the first of all.
    let blocks: [CheckedBlock]
    /// Who checks what every member calls final and says.
    let judge: Judge

    /// Everybody's wall clock stands still: what a block says about time is not what is explored.
    static let timestamp = Timestamp(microseconds: 1_767_225_600_000_000)

    /// The default times, but for two: what is said again comes after the first time-out, and nobody says where it is.
    private static let configuration = VoteConfiguration(
        capacity: QueueCapacity(records: 100, bytes: 1 << 20), viewTimeoutMax: .milliseconds(250),
        repeatAfter: .milliseconds(300), heartbeat: .seconds(86_400))

    init(_ scenario: ExploreScenario, bug: PlantedBug?) throws(Violation) {
        var draw = SeededGenerator(seed: 1)
        let keys = SimulatedKey.make(scenario.powers.count, signing: .hashed, using: &draw)
        do {
            let members = try Self.members(keys, scenario.powers, scenario.faultModel)
            let settings = try GenesisSettings(
                name: "explored", message: "", random: draw.bytes(16), members: members, agreement: scenario.agreement)
            let block = settings.genesisBlock(proposer: keys[0].publicKey, timestamp: Self.timestamp)
            let genesis = try ChainState(genesis: block)
            var judge = try Judge(genesis: block, verifier: keys[0].verifier, window: settings.submissionWindow)
            // One more than there are clients: the liar's own.
            let submissions = try (0...scenario.submissions.count).map(Self.submission)
            let later = try (scenario.submissionsAfterRestart ?? []).indices.map {
                try Self.submission(submissions.count + $0)
            }
            let first = try Self.submission(submissions.count + later.count)
            for (number, submission) in (submissions + later + [first]).enumerated() {
                judge.expect(submission, hasID: true, operation: number)
            }
            self.genesis = genesis
            self.submissions = submissions
            self.submissionsAfterRestart = later
            self.firstSubmission = first
            self.change = try scenario.nextPowers.map { powers in
                var draft = MemberChangeDraft(
                    chain: genesis.chain, epoch: 0, next: try Self.members(keys, powers, scenario.faultModel))
                for key in keys { draft.sign(with: key) }
                return try draft.change(present: genesis.present, using: keys[0].verifier)
            }
            self.blocks =
                scenario.liar.map { liar in
                    [[submissions[0]], [submissions[0], submissions[submissions.count - 1]]].map {
                        Self.block(of: $0, on: genesis.tip, by: keys[liar].publicKey)
                    }
                } ?? []
            self.judge = judge
        } catch let violation as Violation {
            throw violation
        } catch {
            throw Violation(.validity, "an exploration can't begin: \(error)")
        }
        self.scenario = scenario
        self.bug = bug
        self.keys = keys
        self.maker = MachineMaker(rule: bug?.rule ?? Simplex.self, configuration: Self.configuration)
    }

    private static func members(
        _ keys: [SimulatedKey], _ powers: [UInt64], _ model: FaultModel
    ) throws(Violation) -> MemberSet {
        let members = zip(keys, powers).map { Member(key: $0.publicKey, power: $1) }
        guard let set = MemberSet(members, faultModel: model) else {
            throw Violation(.validity, "there is no such set of members")
        }
        return set
    }

    private static func submission(_ number: Int) throws -> Submission {
        var entries = Entries()
        entries.append(try Record(json: "[\(number)]"))
        return try Submission(id: SubmissionID(client: [], idempotencyKey: [UInt8(number)]), entries: entries)
    }

    static func block(of submissions: [Submission], on tip: ChainTip, by proposer: PublicKey) -> CheckedBlock {
        var entries = Entries()
        var items: [SubmissionList.Item] = []
        for submission in submissions {
            let start = entries.count
            entries.append(contentsOf: submission.entries)
            if let id = submission.id { items.append(SubmissionList.Item(id: id, offsets: start..<entries.count)) }
        }
        return tip.makeBlock(
            entries: entries, leafHashes: entries.leafHashes(), submissions: SubmissionList(items),
            proposer: proposer, now: Self.timestamp)
    }

    /// What holds in an epoch's agreement; nil when there is no such epoch.
    func members(of epoch: Epoch) -> MemberSet? {
        epoch == 0 ? self.genesis.members : epoch == 1 ? self.change?.next : nil
    }

    /// Whether notarise votes of all of an epoch's members make a block final.
    func isFinalWithAll(in epoch: Epoch) -> Bool {
        self.scenario.agreement == .simplex2 && self.members(of: epoch)?.atMostOneLies == true
    }

    /// Whether a certificate makes its block final with the votes of all.
    func isOfAll(_ certificate: Certificate) -> Bool {
        guard self.isFinalWithAll(in: certificate.epoch), let members = self.members(of: certificate.epoch) else {
            return false
        }
        return certificate.isOfAll(members)
    }

    func place(of key: PublicKey) -> Int? { self.keys.firstIndex { $0.publicKey == key } }

    /// What clients hand in at a member.
    func submissions(at member: Int, afterRestart: Bool) -> [Submission] {
        let (submissions, receivers) =
            if afterRestart, let receivers = self.scenario.submissionsAfterRestart {
                (self.submissionsAfterRestart, receivers)
            } else {
                (self.submissions, self.scenario.submissions)
            }
        return zip(submissions, receivers).filter { $1.contains(member) }.map(\.0)
    }
}
