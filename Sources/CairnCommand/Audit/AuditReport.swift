import CairnClient
import CairnHash
import CairnLedger

/// What a look at all nodes found, for a person or as JSON.
struct AuditReport: Equatable {
    var round: AuditRound
    var policyPath: String
    var evidencePath: String?
    /// Up to where all records were read; nil when nobody asked.
    var records: Result<TreeSize, LedgerClientError>?

    // MARK: Exit code

    /// What the command ends with; nil when all is well.
    var failure: CommandFailure? {
        if let fork = self.round.fork {
            let evidence = self.evidencePath ?? ""
            return CommandFailure(
                message:
                    "split view: the log \(fork.smaller.checkpoint.origin) signed two histories; evidence: \(evidence)",
                exitCode: 3)
        }
        if case .failure(let error) = self.records, error.isAboutRecords {
            return CommandFailure(message: "\(error)", exitCode: 6)
        }
        let outcomes = self.round.nodes.map(\.outcome)
        let untrusted = outcomes.lazy.compactMap { outcome in
            if case .notTrusted(let error) = outcome { error } else { nil }
        }
        if let error = untrusted.first { return CommandFailure(message: "\(error)", exitCode: 4) }
        let isComplete = outcomes.allSatisfy { outcome in
            if case .consistent = outcome { true } else { false }
        }
        guard isComplete else {
            return CommandFailure(message: "not all nodes showed, and proved, one history", exitCode: 5)
        }
        if case .failure(let error) = self.records { return CommandFailure(message: "\(error)", exitCode: 5) }
        return nil
    }

    // MARK: Text

    var text: String {
        var lines = self.round.nodes.map { node in
            "\(node.outcome.word.padded(to: 10)) \(node.url)  \(node.outcome.explanation)".withoutControlCharacters
        }
        if let latest = self.round.latest?.checkpoint {
            lines.append("latest     \(latest.size) records, root \(latest.root)")
        }
        switch self.records {
        case .success(let size): lines.append("records    all \(size) read; they make the signed root")
        case .failure(let error): lines.append("records    \(error)".withoutControlCharacters)
        case nil: break
        }
        if let fork = self.round.fork, let evidencePath {
            lines += [
                "", ForkReport(evidence: fork).text, "",
                "The evidence is in \(evidencePath); it proves this to anybody who has the policy:",
                "  cairn check-evidence \(evidencePath) --policy \(self.policyPath)",
                "Keep it, show it to the other users of the ledger, and rely on neither history until it is known who",
                "signed both.",
            ]
        }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        var object: JSONObject = [
            "nodes": .array(
                self.round.nodes.map { node in
                    .object([
                        "url": .string(node.url.text), "state": .string(node.outcome.word),
                        "tree_size": node.outcome.checkpoint.map { .integer($0.size) } ?? .null,
                        "root": node.outcome.checkpoint.map { .hash($0.root) } ?? .null,
                        "detail": .string(node.outcome.explanation),
                    ])
                }),
            "tree_size": self.round.latest.map { .integer($0.checkpoint.size) } ?? .null,
            "root": self.round.latest.map { .hash($0.checkpoint.root) } ?? .null,
            "split_view": .bool(self.round.fork != nil),
        ]
        if let evidencePath { object["evidence"] = .string(evidencePath) }
        switch self.records {
        case .success(let size): object["records_checked"] = .integer(size)
        case .failure(let error): object["records_error"] = .string("\(error)")
        case nil: break
        }
        return .object(object)
    }
}

extension LedgerClientError {
    /// Whether a node gave records that are not the signed ones.
    fileprivate var isAboutRecords: Bool {
        switch self {
        case .notIncluded: true
        case .allFailed(let failures): failures.contains { $0.error.isAboutRecords }
        default: false
        }
    }
}

extension AuditRound.Outcome {
    fileprivate var word: String {
        switch self {
        case .consistent: "ok"
        case .behind: "behind"
        case .unproven: "unproven"
        case .notTrusted: "not-signed"
        case .failed: "no-answer"
        case .contradicts: "split-view"
        }
    }

    fileprivate var checkpoint: Checkpoint? {
        switch self {
        case .consistent(let checkpoint), .behind(let checkpoint), .unproven(let checkpoint, _),
            .contradicts(let checkpoint):
            checkpoint
        case .notTrusted, .failed: nil
        }
    }

    fileprivate var explanation: String {
        switch self {
        case .consistent(let checkpoint), .contradicts(let checkpoint): "\(checkpoint.size) records"
        case .behind(let checkpoint): "\(checkpoint.size) records, fewer than were seen before: is it catching up?"
        case .unproven(let checkpoint, let error): "\(checkpoint.size) records; \(error)"
        case .notTrusted(let error), .failed(let error): "\(error)"
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - self.count))
    }
}
