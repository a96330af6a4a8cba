import CairnHash
import CairnLedger
import CairnNode
import CairnStore

/// The work of `cairn repair`: validates, repairs the file of the first bad block, and does so again until all is good or
/// nothing helps. It tells what it does.
struct RepairWork {
    /// Each round puts one file right.
    private static let roundsMax = 100_000

    var options = ValidationOptions()
    var isDryRun = false
    private let directory: String
    private let repair: OfflineRepair
    private let remote: RemoteBlocks
    private let isJSON: Bool
    private let output = Output.standard()
    private var repaired: [JSONValue] = []

    init(directory: String, chain: Digest?, remote: RemoteBlocks, isJSON: Bool) throws(CommandFailure) {
        do throws(StoreError) {
            self.repair = try OfflineRepair(on: RealDisk(root: directory), chain: chain)
        } catch {
            throw CommandFailure(opening: directory, .store(error))
        }
        self.directory = directory
        self.remote = remote
        self.isJSON = isJSON
    }

    /// Returns whether the ledger is valid in the end.
    mutating func run() async throws(CommandFailure) -> Bool {
        for problem in await self.remote.problems(chain: self.repair.chain) { try self.say("note: \(problem)") }
        var report = self.validate()
        var last: (block: BlockIndex, file: String)?
        for _ in 0..<Self.roundsMax {
            // What this program is too old for may be as good as the rest: nobody has another block.
            guard let failure = report.failure, !failure.isOfNewerVersion, let block = failure.block else { break }
            try self.say("damaged: \(failure)")
            let isSame = last.map { $0.block == block && $0.file == failure.file } ?? false
            guard !isSame, try await self.heal(block), !self.isDryRun else { break }
            last = (block, failure.file)
            report = self.validate()
        }
        if report.isValid, !self.repaired.isEmpty { report = try self.settle() }
        try self.conclude(report)
        return report.isValid
    }

    private func validate() -> ValidationReport {
        let meter = ProgressMeter(ProgressBar(label: "verify", unit: "blocks"))
        defer { meter.clear() }
        return self.repair.validate(self.options) { progress in
            meter.update { bar in
                bar.done = progress.blocks
                bar.bytes = progress.bytes
                bar.bytesTotal = progress.bytesTotal
            }
            return true
        }
    }

    /// Repairs one file. False when that can't be done.
    private mutating func heal(_ block: BlockIndex) async throws(CommandFailure) -> Bool {
        var segment = try self.onStore { () throws(StoreError) in
            try self.repair.begin(at: block, allCertificates: self.options.allCertificates)
        }
        var asked: [BlockIndex: Set<String>] = [:]
        var sources: [BlockIndex: String] = [:]
        while let need = try self.onStore({ () throws(StoreError) in try segment.next() }) {
            let offered = try await self.remote.fetch(need.index, excluding: asked[need.index, default: []]) {
                problem throws(CommandFailure) in try self.say("  \(problem)")
            }
            guard let offered else {
                try self.say(self.missing(need))
                return false
            }
            asked[need.index, default: []].insert(offered.source)
            if let refusal = segment.offer(offered.final) {
                try self.say("  refused what \(offered.source) gave for block \(need.index): \(refusal)")
            } else {
                sources[need.index] = offered.source
            }
        }
        guard let verified = try self.onStore({ () throws(StoreError) in try segment.finish() }) else {
            try self.say("  nothing that another node could give mends this")
            return false
        }
        let what = verified.blocks.isEmpty ? "what stands between its blocks" : "block \(Self.list(verified.blocks))"
        if self.isDryRun {
            try self.say("  would repair \(verified.file): \(what)")
            return true
        }
        for note in try self.onStore({ () throws(StoreError) in try self.repair.install(verified) }) {
            try self.say("  note: \(note)")
        }
        try self.say("  repaired \(verified.file): \(what)")
        for block in verified.blocks {
            let source = sources[block] ?? ""
            try self.say("    block \(block) from \(source)")
            self.repaired.append(
                .object(["block": .integer(block), "file": .string(verified.file), "from": .string(source)]))
        }
        return true
    }

    private static func list(_ blocks: [BlockIndex]) -> String {
        blocks.count > 8
            ? "\(blocks[0]) and \(blocks.count - 1) more" : blocks.map { "\($0)" }.joined(separator: ", ")
    }

    private func onStore<Value>(_ body: () throws(StoreError) -> Value) throws(CommandFailure) -> Value {
        do throws(StoreError) {
            return try body()
        } catch {
            throw CommandFailure(opening: self.directory, .store(error))
        }
    }

    private func missing(_ need: NeededBlock) -> String {
        let hash = need.hash.map { " with hash \($0)" } ?? ""
        let sources = self.remote.sources
        return sources.isEmpty
            ? "  block \(need.index)\(hash) is needed: name a node that has the ledger with --from URL; where there is none, "
                + "put the directory back from a backup"
            : "  none of \(sources.joined(separator: ", ")) has block \(need.index)\(hash): name another node with --from URL, "
                + "or put the directory back from a backup"
    }

    /// Makes derived files and seal agree with the blocks, and looks at everything once more.
    private func settle() throws(CommandFailure) -> ValidationReport {
        for note in try self.onStore({ () throws(StoreError) in try self.repair.finish() }) {
            try self.say("note: \(note)")
        }
        return self.validate()
    }

    // MARK: The story

    private func conclude(_ report: ValidationReport) throws(CommandFailure) {
        if self.isJSON {
            try self.output.line(
                JSONValue.object([
                    "chain": .hash(self.repair.chain),
                    "valid": .bool(report.isValid),
                    "repaired": .array(self.repaired),
                    "failed_block": report.failure?.block.map { .integer($0) } ?? .null,
                    "file": report.failure.map { .string($0.file) } ?? .null,
                    "reason": report.failure.map { .string($0.reason) } ?? .null,
                ]).bytes)
        } else {
            try self.output.line(report.text)
        }
        try self.output.flush()
    }

    private func say(_ line: String) throws(CommandFailure) {
        guard !self.isJSON else { return }
        try self.output.line(line.withoutControlCharacters)
    }
}
