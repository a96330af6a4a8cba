internal import CairnConsensus
internal import CairnLedger
internal import CairnNode
internal import CairnPeers
internal import NIOCore

extension NodeStatus {
    /// Whether the node's votes count.
    enum Vote: String {
        case votes
        /// It is a member, or was, and must not vote with its key any more.
        case lost
        /// It follows.
        case none
    }

    var vote: Vote {
        if self.lostVote != nil { return .lost }
        return self.role == .member ? .votes : .none
    }
}

extension JSONWriter {
    /// What a node says of itself among others, as fields of an object.
    mutating func fields(ofClusterNode status: NodeStatus, listen: PeerAddress?) {
        self.field("role", status.role.rawValue)
        self.field("vote", status.vote.rawValue)
        if let reason = status.lostVote { self.field("lost_vote", reason) } else { self.nullField("lost_vote") }
        self.field("view", status.view)
        if let listen { self.field("listen", listen.description) } else { self.nullField("listen") }
        self.field("links", UInt64(status.linkCount))
        self.name("catch_up")
        if let progress = status.catchUp { self.value(progress) } else { self.null() }
        self.name("snapshot")
        if let progress = status.snapshot { self.value(progress) } else { self.null() }
        self.name("evidence")
        self.array { json in
            for evidence in status.evidence { json.value(evidence, members: status.members) }
        }
    }

    /// Whether a node takes records, and what hinders it or is to be known, as fields of an object.
    mutating func fields(_ readiness: Readiness) {
        self.field("ready", readiness.isReady)
        if let reason = readiness.reason { self.field("reason", reason) } else { self.nullField("reason") }
        self.name("obstacles")
        self.array { json in
            for obstacle in readiness.obstacles { json.value(code: obstacle.code, detail: "\(obstacle)") }
        }
        self.name("warnings")
        self.array { json in
            for caution in readiness.cautions { json.value(code: caution.code, detail: "\(caution)") }
        }
    }

    private mutating func value(code: String, detail: String) {
        self.object { json in
            json.field("code", code)
            json.field("detail", detail)
        }
    }

    private mutating func value(_ progress: SnapshotProgress) {
        self.object { json in
            json.field("first_block", progress.firstBlock)
            json.field("first_record", progress.firstRecord)
            json.field("history_block", progress.historyHead)
            json.field("history_tree_size", progress.historySize)
        }
    }

    private mutating func value(_ progress: CatchUpProgress) {
        self.object { json in
            json.field("running", progress.isRunning)
            json.field("stored_block", progress.stored)
            json.field("verified_block", progress.verified)
            json.field("claimed_block", progress.claimed)
            json.field("blocks", progress.blocks)
            json.field("records", progress.records)
            json.field("bytes", progress.bytes)
            json.name("sources")
            json.array { json in
                for key in progress.nodes { json.value(key.description) }
            }
        }
    }

    /// Who lied, where, and the two votes that prove it.
    private mutating func value(_ evidence: Equivocation, members: EpochMembers) {
        self.object { json in
            json.field("epoch", evidence.epoch)
            json.field("view", evidence.view)
            json.field("member", UInt64(evidence.member))
            let isPresent = evidence.epoch == members.epoch && Int(evidence.member) < members.members.members.count
            if isPresent {
                json.field("key", members.members.members[Int(evidence.member)].key.description)
            } else {
                json.nullField("key")
            }
            var bytes: [UInt8] = []
            evidence.encode(into: &bytes)
            json.name("votes")
            json.hex(bytes)
        }
    }
}
