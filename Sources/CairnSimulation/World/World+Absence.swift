import CairnConsensus
import CairnLedger

/// A member that is away, and what it has missed.
struct Absence {
    let node: Int
    /// The epoch that it was in, and the view, or the first one of an epoch that began since.
    var epoch: Epoch
    var view: View
    /// The newest view that another node has come to.
    var newest: View
    /// Views fail, since nobody's proposals arrive; otherwise each makes a block final.
    let viewsFail: Bool
    /// What the others have to do meanwhile.
    var operation: Int?
    /// When the newest view was first seen.
    var newestAt: WorldTime

    var missed: UInt64 { self.newest.rawValue - min(self.view, self.newest).rawValue }
}

/// Members that are away for hundreds of views, or for good.
extension World {
    /// So many views are more than a member listens ahead.
    private static let missedMin: UInt64 = 80
    private static let comesBackBehind: UInt64 = 64
    /// A liar or a lost vote may hold the others up: when no view came for so long, it is over.
    private static let standstillMax: WorldTime = .seconds(30)

    // MARK: For hundreds of views

    /// False when the seed has no such fault, or the others can't do without anybody.
    ///
    /// Meanwhile something always waits. Where the others can give up views without the member, no proposal arrives anywhere, so
    /// that they give up one after the other.
    func beginAbsence() -> Bool {
        guard let wish = self.scenario.rare.absence else { return false }
        let dispensable = self.nodes.filter { self.canBeAway($0, viewsFail: false) }
        let failing = dispensable.filter { self.canBeAway($0, viewsFail: true) }
        guard let node = self.rareDraw.choose(failing.isEmpty ? dispensable : failing), let process = node.process
        else { return false }
        self.absence = Absence(
            node: node.number, epoch: process.epoch, view: process.view, newest: process.view,
            viewsFail: !failing.isEmpty, newestAt: self.time)
        self.happened.viewsFailed = !failing.isEmpty
        self.trace.note(self.time, .fault, node: node.number, wish.views)
        self.trace.say(self.time, "node \(node.number) goes away for \(wish.views) views, from view \(process.view)")
        self.network.losesProposals = !failing.isEmpty
        self.happened.wasPoweredOff = wish.isPoweredOff
        if wish.isPoweredOff {
            node.isAway = true
            self.crash(node.number)
        } else {
            var links: [(from: Int, to: Int)] = []
            for other in self.nodes.indices where other != node.number {
                links.append((from: other, to: node.number))
                links.append((from: node.number, to: other))
            }
            self.breakLinks(of: self.network.cut(links))
        }
        return true
    }

    /// Whether the others can pass views without a member; liars are counted on. A leader under `majority` that finalised its
    /// own block doesn't give it up: for views to fail, the rest has to be a quorum without that one, too. Where the votes of all make a
    /// block final, the rest has to be more than may lie.
    private func canBeAway(_ node: Node, viewsFail: Bool) -> Bool {
        let present = self.judge.members[Int(self.judge.epoch)]
        guard node.isHealthy, let process = node.process, process.epoch.rawValue == self.judge.epoch,
            present.keys.contains(node.key.publicKey.bytes)
        else { return false }
        var power: UInt64 = 0
        var most: UInt64 = 0
        for (key, memberPower) in zip(present.keys, present.powers) {
            guard let other = PublicKey(bytes: key).flatMap({ self.nodeOfKey[$0] }), other != node.number,
                self.nodes[other].isHealthy || !self.nodes[other].isHonest
            else { continue }
            power += memberPower
            most = max(most, memberPower)
        }
        if viewsFail, present.isFinalWithAll, present.mayLie(power - most) { return false }
        return present.isQuorum(viewsFail && !present.isBFT ? power - most : power)
    }

    /// Hands in the next thing when the one before is done. Where views fail, it never is.
    func keepOthersBusy() throws(Violation) {
        guard let absence = self.absence else { return }
        if let operation = absence.operation, self.clients.operations[operation].state == .open { return }
        let operation = try self.beginOperation(client: 0, hasKey: true)
        self.absence?.operation = operation
        try self.submit(operation)
    }

    /// Looks how far the others have come. True when the absence is over.
    func isAbsenceOver() -> Bool {
        guard var absence = self.absence, let wish = self.scenario.rare.absence else { return true }
        if self.judge.epoch > absence.epoch.rawValue {
            absence.epoch = Epoch(rawValue: self.judge.epoch)
            absence.view = View(rawValue: 1)
            absence.newest = View(rawValue: 1)
            absence.newestAt = self.time
        }
        for node in self.nodes where node.number != absence.node {
            guard let process = node.process, process.epoch == absence.epoch, process.view > absence.newest
            else { continue }
            absence.newest = process.view
            absence.newestAt = self.time
        }
        self.absence = absence
        return absence.missed >= wish.views || self.time > absence.newestAt + Self.standstillMax
    }

    func endAbsence() {
        guard let absence = self.absence else { return }
        self.trace.say(
            self.time,
            "node \(absence.node) comes back from view \(absence.view): the others are in view \(absence.newest)")
        self.happened.viewsMissed = absence.missed
        self.nodes[absence.node].isAway = false
        self.network.losesProposals = false
        if self.scenario.rare.absence?.othersLeave == true { self.leaveOnlyAQuorum(beside: absence.node) }
    }

    /// Healthy members go for good as long as the others, and who was away, are a quorum.
    private func leaveOnlyAQuorum(beside kept: Int) {
        let members = self.judge.members[Int(self.judge.epoch)].keys
        for node in self.rareDraw.mix(self.nodes) where node.number != kept {
            guard node.isHealthy, members.contains(node.key.publicKey.bytes), self.canLose(node) else { continue }
            self.goForGood(node)
        }
    }

    /// Whether who was away for long is among the others again: in a view much later than the one that it left, or in a later epoch.
    var isAbsentBack: Bool {
        guard let absence = self.absence, absence.missed >= Self.missedMin else { return true }
        guard let process = self.nodes[absence.node].process else { return false }
        return process.epoch > absence.epoch
            || process.view.rawValue > absence.view.rawValue + Self.comesBackBehind
    }

    // MARK: For good

    /// A member's power goes, and doesn't come back, as soon as the others can do without one.
    func leaveForGood() {
        guard self.phase == .safety else { return }
        let members = self.judge.members[Int(self.judge.epoch)].keys
        let dispensable = self.nodes.filter {
            $0.process != nil && $0.isHealthy && members.contains($0.key.publicKey.bytes) && self.canLose($0)
        }
        guard let node = self.rareDraw.choose(dispensable) else {
            return self.schedule(.leaveForGood, after: .milliseconds(200))
        }
        self.goForGood(node)
    }

    private func goForGood(_ node: Node) {
        self.trace.say(self.time, "node \(node.number) goes for good")
        self.crash(node.number)
        node.isRetired = true
        self.happened.goneForGood += 1
    }
}
