import ArgumentParser
import CairnLedger

struct Append: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Append records.",
        discussion: """
            Records are JSON values: arguments, or NDJSON (one value a line) from a file or standard input. What fits \
            one block is appended together or not at all; more goes in batches, one after the other. Printed is what \
            is final and durable.

            Examples:
              cairn append '{"parcel":12,"owner":"Ada"}' '"text needs its quotes"'
              cairn append --file records.ndjson --url http://127.0.0.1:5000
              generate | cairn append
              cairn append '{"order":7}' --idempotency-key order-7
            """)

    @Argument(help: "JSON values; - reads NDJSON from standard input.")
    var records: [String] = []

    @Option(help: ArgumentHelp("A file of NDJSON.", valueName: "file"))
    var file: String?

    @Option(
        help: ArgumentHelp(
            "Names this submission, which must fit one block: one of the same key is appended once.", valueName: "key"))
    var idempotencyKey: String?

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if self.file != nil, !self.records.isEmpty { throw ValidationError("Give records or --file, not both.") }
        if self.records.count > 1, self.records.contains("-") {
            throw ValidationError("- stands alone: give records or standard input, not both.")
        }
        if let idempotencyKey, !IdempotencyKey.isValid(idempotencyKey) {
            throw ValidationError("The idempotency key must be \(IdempotencyKey.expectation).")
        }
    }

    func run() async throws {
        let input = try AppendInput(arguments: self.records, file: self.file)
        let output = Output.standard()
        let meter = ProgressMeter(
            ProgressBar(label: "append", unit: "records", bytesTotal: input.byteCount),
            isShown: Terminal.isStandardError && input.isStream)
        var appended: UInt64 = 0
        do {
            try await self.ledger.withWritableLedger { ledger in
                func append(_ entries: Entries) async throws {
                    let batch = try await ledger.append(entries, idempotencyKey: self.idempotencyKey)
                    appended += UInt64(batch.count)
                    meter.clear()
                    try output.line(self.output.json ? batch.json.bytes : Array(batch.text.utf8))
                    try output.flush()
                    meter.update { bar in
                        bar.done = appended
                        bar.bytes = input.bytesRead
                    }
                }
                var batcher = RecordBatcher()
                while let record = try input.next() {
                    guard let full = batcher.add(record) else { continue }
                    guard self.idempotencyKey == nil else {
                        throw CommandFailure.failed(
                            "more records than fit one block can't have one idempotency key; use cairn import")
                    }
                    try await append(full)
                }
                if let last = batcher.finish() { try await append(last) }
            }
        } catch var failure as CommandFailure where appended > 0 {
            meter.clear()
            if !failure.message.isEmpty {
                failure.message += "; the first \(Readable.count(appended, "record")) were appended"
            }
            throw failure
        }
        meter.clear()
        if appended == 0 { throw CommandFailure.failed("there was no record in the input") }
    }
}
