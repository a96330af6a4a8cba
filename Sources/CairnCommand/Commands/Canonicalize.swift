import ArgumentParser
import CairnHash
import CairnLedger

struct Canonicalize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print JSON in the canonical form in which records are kept and hashed (RFC 8785).",
        discussion: """
            Takes JSON texts as arguments, or one a line from standard input.

            Examples:
              cairn canonicalize '{ "b": 1.0, "a": 2 }'        # {"a":2,"b":1}
              cairn canonicalize --hash < records.ndjson
            """)

    @Argument(help: "JSON texts. (default: standard input, one a line)")
    var texts: [String] = []

    @Flag(help: "Print each record's leaf hash in place of its canonical form.")
    var hash = false

    @Flag(help: .hidden)
    var base64Lines = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let output = Output.standard()
        if self.base64Lines {
            try CanonicalFormService(lines: .standardInput(), output: output).run()
        } else if self.texts.isEmpty {
            if Terminal.isStandardInput { throw ValidationError("Give JSON texts, or pipe them in.") }
            let records = RecordReader(lines: .standardInput())
            do {
                while let record = try records.next() { try self.write(record, to: output) }
            } catch {
                // What stands before the bad line is printed.
                try output.flush()
                throw error
            }
        } else {
            let records = try self.texts.enumerated().map { try Record(argument: $1, position: $0) }
            for record in records { try self.write(record, to: output) }
        }
        try output.flush()
    }

    private func write(_ record: Record, to output: Output) throws(CommandFailure) {
        if self.output.json {
            try output.line(JSONValue.object(["data": record.json, "leaf_hash": .hash(record.leafHash)]).bytes)
        } else {
            try output.line(self.hash ? Array(record.leafHash.description.utf8) : record.canonicalBytes)
        }
    }
}
