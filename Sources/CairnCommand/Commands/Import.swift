import ArgumentParser
import CairnHash
import CairnLedger

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Append all records of a file, so that an interruption does no harm.",
        discussion: """
            The file is NDJSON, as cairn export writes it. It is read twice: first all of it is checked, so that \
            nothing is appended when a line is bad. After an interruption, run the same command again: it goes on \
            where it stopped, and nothing is appended twice. How far it came is kept in FILE.cairn-import meanwhile.

            Examples:
              cairn import records.ndjson
              cairn import records.ndjson --url http://127.0.0.1:5000
            """)

    @Argument(help: ArgumentHelp("A file of NDJSON: one JSON value a line.", valueName: "file"))
    var file: String

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let plan = try ImportPlan(file: self.file)
        let (summary, status) = try await self.ledger.withWritableLedger { ledger in
            let chain = try await ledger.status().chain
            let notes = ImportNotes(path: ImportNotes.path(for: self.file), chain: chain, plan: plan)
            let summary = try await self.append(plan, to: ledger, notes: notes)
            notes.remove()
            let status = try await ledger.status()
            return (summary, status)
        }
        let output = Output.standard()
        if self.output.json {
            try output.line(
                JSONValue.object([
                    "records": .integer(plan.recordCount),
                    "batches": .integer(summary.batches),
                    "records_before": .integer(summary.recordsBefore),
                    "tree_size": .integer(status.treeSize),
                    "tree_root": .hash(status.treeRoot),
                ]).bytes)
        } else {
            let before = summary.recordsBefore
            try output.line(
                "imported \(Readable.count(plan.recordCount, "record"))"
                    + (before == 0 ? "\n" : ", \(Readable.count(before)) of them before\n")
                    + "the ledger has \(Readable.count(status.treeSize.rawValue, "record")), root \(status.treeRoot)")
        }
        try output.flush()
    }

    private func append(
        _ plan: ImportPlan, to ledger: any WritableLedger, notes: ImportNotes
    ) async throws -> (batches: UInt64, recordsBefore: UInt64) {
        let reader = RecordReader(lines: try LineReader(path: self.file))
        let meter = ProgressMeter(
            ProgressBar(label: "import", unit: "records", total: plan.recordCount, bytesTotal: plan.byteCount))
        defer { meter.clear() }
        let batchesBefore = notes.batchesDone()
        var recordsBefore: UInt64 = 0
        var batch: UInt64 = 0
        var done: UInt64 = 0
        func handle(_ entries: Entries) async throws {
            var isRepeat = true
            if batch >= batchesBefore {
                isRepeat = try await ledger.append(entries, idempotencyKey: plan.key(ofBatch: batch)).isRepeat
                notes.write(batchesDone: batch + 1)
            }
            if isRepeat { recordsBefore += UInt64(entries.count) }
            batch += 1
            done += UInt64(entries.count)
            meter.update { bar in
                bar.done = done
                bar.bytes = reader.lines.bytesRead
            }
        }
        var batcher = RecordBatcher()
        var check = ImportPlan.Check()
        while let record = try reader.next() {
            check.add(record)
            if let full = batcher.add(record) { try await handle(full) }
        }
        if let last = batcher.finish() { try await handle(last) }
        guard check.finish() == plan.digest else {
            throw CommandFailure.failed("\(self.file) was changed during the import; compare it with cairn export")
        }
        return (batch, recordsBefore)
    }
}
