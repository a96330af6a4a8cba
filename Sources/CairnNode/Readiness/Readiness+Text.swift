extension Readiness.Obstacle {
    /// What programs know it by. Never changes its meaning.
    public var code: String {
        switch self {
        case .failed: "failed"
        case .stopping: "stopping"
        case .lostVote: "lost-vote"
        case .halted: "halted"
        case .damaged: "damaged"
        case .diskFull: "disk-full"
        case .noLinks: "no-links"
        case .noAddresses: "no-addresses"
        case .starting: "starting"
        case .noQuorum: "no-quorum"
        case .catchingUp: "catching-up"
        case .stalled: "stalled"
        }
    }
}

extension Readiness.Obstacle: CustomStringConvertible {
    public var description: String {
        switch self {
        case .failed(let why): why
        case .stopping: "the node is stopping"
        case .lostVote(let why): "this node must not vote: \(why)"
        case .halted(let why): "this node can't go on: \(why)"
        case .damaged(let what): "the ledger is damaged: \(what)"
        case .diskFull(let file): "the disk is full: there is no room for \(file)"
        case .noLinks: "other members have to agree, and this node was started without links to any"
        case .noAddresses:
            "other members have to agree, and this node knows no address of any: name one with --join HOST:PORT, or let "
                + "them come with --peer-port"
        case .starting(let power): "the node is starting: \(power)"
        case .noQuorum(let power): "too few members are there: \(power)"
        case .catchingUp(let block, let last): "the node is catching up: it has block \(block) of \(last)"
        case .stalled(let seconds):
            "records wait, and no block has become final for \(seconds) s: members that are there may have full disks, "
                + "wrong clocks or no vote"
        }
    }
}

extension Readiness.Caution {
    /// What programs know it by. Never changes its meaning.
    public var code: String {
        switch self {
        case .headAhead: "head-ahead"
        }
    }
}

extension Readiness.Caution: CustomStringConvertible {
    public var description: String {
        switch self {
        case .headAhead(let seconds):
            "the newest block's time is \(Self.span(seconds)) ahead of this machine's clock: one of the two is wrong, or was "
                + "when the block was made; new blocks have the same time until the clock is there"
        }
    }

    /// Some seconds in words: `12 s`, `3 min`, `25 h`, `4 days`.
    private static func span(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) days"
        }
    }
}
