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
    /// When it ends, however few views there were.
    let latest: WorldTime

    var missed: UInt64 { self.newest.rawValue - min(self.view, self.newest).rawValue }
}

/// Members that are away for hundreds of views, or for good.
extension World {
    /// So many views are more than a member listens ahead.
    private static let missedMin: UInt64 = 80
    private static let comesBackBehind: UInt64 = 64

    // MARK: For hundreds of views

    /// False when the seed has no such fault, or the others can't do without anybody.
    ///
    /// Meanwhile no proposal arrives anywhere. As something waits, the others give up one view after the other.
    func beginAbsence() -> Bool {
        guard let wish = self.scenario.rare.absence,
            let node = self.rareDraw.choose(self.nodes.filter { self.canBeAway($0) }), let process = node.process
        else { return false }
        self.absence = Absence(
            node: node.number, epoch: process.epoch, view: process.view, newest: process.view,
            latest: self.time + .seconds(2 * wish.views))
        self.trace.note(self.time, .fault, node: node.number, wish.views)
        self.trace.say(self.time, "node \(node.number) goes away for \(wish.views) views, from view \(process.view)")
        self.network.losesProposals = true
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

    /// Whether the others can pass views without a member. A leader under `majority` that finalised its own block doesn't give
    /// it up: the rest has to be a quorum without that one, too.
    private func canBeAway(_ node: Node) -> Bool {
        let present = self.judge.members[Int(self.judge.epoch)]
        guard node.isHealthy, let process = node.process, process.epoch.rawValue == self.judge.epoch,
            present.keys.contains(node.key.publicKey.bytes)
        else { return false }
        var power: UInt64 = 0
        var most: UInt64 = 0
        for (key, memberPower) in zip(present.keys, present.powers) {
            guard let other = PublicKey(bytes: key).flatMap({ self.nodeOfKey[$0] }), other != node.number,
                self.nodes[other].isHealthy
            else { continue }
            power += memberPower
            most = max(most, memberPower)
        }
        return present.isQuorum(present.isBFT ? power : power - most)
    }

    /// Looks how far the others have come. True when the absence is over.
    func isAbsenceOver() -> Bool {
        guard var absence = self.absence, let wish = self.scenario.rare.absence else { return true }
        if self.judge.epoch > absence.epoch.rawValue {
            absence.epoch = Epoch(rawValue: self.judge.epoch)
            absence.view = View(rawValue: 1)
            absence.newest = View(rawValue: 1)
        }
        for node in self.nodes where node.number != absence.node {
            guard let process = node.process, process.epoch == absence.epoch else { continue }
            absence.newest = max(absence.newest, process.view)
        }
        self.absence = absence
        return absence.missed >= wish.views || self.time >= absence.latest
    }

    func endAbsence() {
        guard let absence = self.absence else { return }
        self.trace.say(
            self.time,
            "node \(absence.node) comes back from view \(absence.view): the others are in view \(absence.newest)")
        self.happened.viewsMissed = absence.missed
        self.nodes[absence.node].isAway = false
        self.network.losesProposals = false
    }

    /// Whether who was away for long is among the others again: in a view far behind the one that it left, or in a later epoch.
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
        self.trace.say(self.time, "node \(node.number) goes for good")
        self.crash(node.number)
        node.isRetired = true
        self.happened.goneForGood += 1
    }
}
