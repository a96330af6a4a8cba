internal import CairnConsensus
internal import CairnLedger
internal import CairnLock
internal import Logging
internal import Synchronization

extension Node {
    /// Whether the node takes records now.
    public var readiness: Readiness { self.status.readiness }

    /// The server that answers for this node takes no more requests: it is going to be shut down.
    public func announceStop() { self.isEnding.store(true, ordering: .relaxed) }

    func readiness(_ driver: DriverStatus, _ head: BlockHeader, damage: String?, knowsOthers: Bool) -> Readiness {
        var situation = ReadinessSituation()
        situation.failure = self.failure.present.map { "\($0)" }
        situation.isStopping = self.isEnding.load(ordering: .relaxed)
        situation.isAlone = driver.isAlone
        situation.lostVote = driver.isMember ? driver.lostVote : nil
        situation.halted = driver.halted
        situation.damage = damage
        situation.fullFile = driver.fullFile
        situation.hasLinks = self.hasLinks
        situation.knowsOthers = driver.hasMetOthers || knowsOthers
        situation.quorum = driver.quorum
        if let catchUp = driver.catchUp, catchUp.isRunning {
            situation.catchUp = (catchUp.stored.rawValue, catchUp.claimed.rawValue)
        }
        situation.stalledFor = driver.stalledFor
        situation.headTimestamp = head.timestamp
        situation.now = .now()
        return Readiness(situation)
    }

    /// Tells the log what changed about taking records. On the deciding thread.
    func noteReadiness() {
        let readiness = self.readiness
        let lines = self.readinessLog.withLock { $0.news(readiness, now: Moment.now().instant) }
        for line in lines {
            switch line {
            case .obstacle(let why): self.logger.warning("no record becomes final here", metadata: ["why": "\(why)"])
            case .ready: self.logger.notice("records become final again")
            case .caution(let what): self.logger.warning("\(what)")
            case .calm: self.logger.notice("this machine's clock and the newest block's time agree again")
            }
        }
    }
}
