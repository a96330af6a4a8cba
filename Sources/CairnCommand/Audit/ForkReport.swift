import CairnHash
import CairnLedger

/// What evidence of a fork says, for a person or as JSON.
struct ForkReport {
    var evidence: ForkEvidence

    private var smaller: Checkpoint { self.evidence.smaller.checkpoint }
    private var larger: Checkpoint { self.evidence.larger.checkpoint }

    var text: String {
        var lines = [
            "split view: the log \(self.smaller.origin) signed two histories".withoutControlCharacters,
            "  \(self.smaller.size) records, root \(self.smaller.root)",
            "  \(self.larger.size) records, root \(self.larger.root)",
        ]
        if case .otherBeginning(let root) = self.evidence.verdict {
            lines.append("  of which the first \(self.smaller.size) have the root \(root)")
        }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        var object: JSONObject = [
            "origin": .string(self.smaller.origin.description),
            "smaller": .object(["tree_size": .integer(self.smaller.size), "root": .hash(self.smaller.root)]),
            "larger": .object(["tree_size": .integer(self.larger.size), "root": .hash(self.larger.root)]),
        ]
        if case .otherBeginning(let root) = self.evidence.verdict { object["root_at_smaller"] = .hash(root) }
        return .object(object)
    }
}
