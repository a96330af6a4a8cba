import CairnLedger

/// What `cairn status` tells of a running node among others.
struct ClusterStatus: Equatable, Sendable {
    var role: String
    var vote: String
    /// Why it must not vote.
    var lostVote: String?
    var epoch: UInt64
    var memberCount: Int
    var view: UInt64
    var links: UInt64
    /// The newest block here, and the newest that others say they have, while it is being fetched.
    var catchingUp: (stored: UInt64, claimed: UInt64)?
    var evidenceCount: Int
    /// Of a ledger that began with a snapshot, while the history before is missing: its newest block, and the first behind.
    var history: (block: UInt64, firstBlock: UInt64)?

    /// Nil for a node that tells nothing of it.
    init?(_ fields: AnswerFields) throws(CommandFailure) {
        guard let role = fields.optional("role")?.string else { return nil }
        self.role = role
        self.vote = try fields.string("vote")
        self.lostVote = fields.optional("lost_vote")?.string
        self.epoch = try fields.uint64("epoch")
        self.memberCount = try fields.array("members").count
        self.view = try fields.uint64("view")
        self.links = try fields.uint64("links")
        self.evidenceCount = try fields.array("evidence").count
        if fields.optional("catch_up")?.object?["running"]?.bool == true {
            let progress = try fields.object("catch_up")
            self.catchingUp = (try progress.uint64("stored_block"), try progress.uint64("claimed_block"))
        }
        if fields.optional("snapshot")?.object != nil {
            let progress = try fields.object("snapshot")
            self.history = (try progress.uint64("history_block"), try progress.uint64("first_block"))
        }
    }

    static func == (left: ClusterStatus, right: ClusterStatus) -> Bool { left.json == right.json }

    var json: JSONValue {
        var object: JSONObject = [
            "role": .string(self.role), "vote": .string(self.vote), "epoch": .integer(self.epoch),
            "members": .integer(UInt64(self.memberCount)), "view": .integer(self.view), "links": .integer(self.links),
            "evidence": .integer(UInt64(self.evidenceCount)),
            "lost_vote": self.lostVote.map(JSONValue.string) ?? .null,
        ]
        if let catchingUp {
            object["catch_up"] = .object([
                "stored_block": .integer(catchingUp.stored), "claimed_block": .integer(catchingUp.claimed),
            ])
        }
        if let history {
            object["snapshot"] = .object([
                "history_block": .integer(history.block), "first_block": .integer(history.firstBlock),
            ])
        }
        return .object(object)
    }

    var text: String {
        let votes =
            switch self.vote {
            case "votes": "votes"
            case "lost": "must not vote: \((self.lostVote ?? "").withoutControlCharacters)"
            default: "has no vote"
            }
        var lines = [
            "Role:     \(self.role.withoutControlCharacters), \(votes)",
            "Members:  \(self.memberCount), epoch \(self.epoch), view \(self.view)",
            "Links:    \(self.links)",
        ]
        if let catchingUp {
            lines.append("Behind:   at block \(catchingUp.stored) of \(catchingUp.claimed), fetching")
        }
        if let history {
            lines.append("History:  at block \(history.block) of \(history.firstBlock), where the snapshot begins")
        }
        if self.evidenceCount > 0 {
            lines.append("Evidence: \(self.evidenceCount) proofs that a member voted for two things; see /v1/node")
        }
        return lines.joined(separator: "\n")
    }
}
