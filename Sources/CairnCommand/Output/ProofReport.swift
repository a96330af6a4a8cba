import CairnHash
import CairnLedger

/// What a proof that holds says, for a person or as JSON.
struct ProofReport {
    var number: RecordNumber
    var findings: TLogProof.Findings

    private var checkpoint: Checkpoint { self.findings.checkpoint }

    var text: String {
        var lines = [
            "proven: record \(self.number) of \(self.checkpoint.origin)".withoutControlCharacters,
            "tree    \(self.checkpoint.size) records, root \(self.checkpoint.root)",
        ]
        for key in self.findings.trust.logs { lines.append("log     \(key.vkey)".withoutControlCharacters) }
        for cosigned in self.findings.trust.cosignatures {
            lines.append(
                "signed  \(Self.time(cosigned.time))  \(cosigned.witness.key.name)".withoutControlCharacters)
        }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        .object([
            "origin": .string(self.checkpoint.origin.description),
            "number": .integer(self.number),
            "tree_size": .integer(self.checkpoint.size),
            "root": .hash(self.checkpoint.root),
            "log_keys": .array(self.findings.trust.logs.map { .string($0.vkey) }),
            "cosignatures": .array(
                self.findings.trust.cosignatures.map { cosigned in
                    .object([
                        "witness": .string(cosigned.witness.name.description),
                        "key": .string(cosigned.witness.key.vkey),
                        "time": .string(Self.time(cosigned.time)),
                    ])
                }),
        ])
    }

    private static func time(_ seconds: UInt64) -> String {
        // A cosigner may claim any time.
        let (microseconds, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return overflows ? "\(seconds) s since 1970" : Timestamp(microseconds: microseconds).description
    }
}
