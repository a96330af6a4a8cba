import ArgumentParser
import CairnHash
import CairnLedger
import CairnNode
import CairnStore

/// Writes a whole ledger straight into its store: every block is real and signed, but thousands share a sync.
@main
struct MakeLedger: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cairn-make-ledger", abstract: "Make a ledger of records of one size, for benchmarks.")

    @Argument(help: "The data directory, which must hold no ledger.")
    var directory: String

    @Option(help: "How many records.")
    var records: Int

    @Option(help: "Canonical bytes of each record.")
    var bytes: Int

    @Option(help: "Records in each block.")
    var blockRecords: Int

    @Flag(help: "Give each record a submission id of its own, which a verification has to remember.")
    var ids = false

    func validate() throws {
        guard self.records > 0, self.bytes >= 12, self.bytes <= Limits.recordBytesMax,
            (1...Limits.blockRecordsMax).contains(self.blockRecords),
            self.blockRecords * (self.bytes + 2) <= Limits.blockBytesMax
        else {
            throw ValidationError("records of 12 to 65,535 bytes, and blocks of at most 8,192 and 4 MiB, are possible")
        }
    }

    func run() throws {
        _ = try Node.create(dataDirectory: self.directory, name: "bench", message: "A ledger for benchmarks.")
        let disk = RealDisk(root: self.directory)
        let key = try KeyFile.read(on: disk)
        let opened = try LedgerStore.open(on: disk)
        var chain = opened.chain
        var writer = opened.takeWriter()
        var unsynced = 0
        var record = 0
        while record < self.records {
            let count = min(self.blockRecords, self.records - record)
            var entries = Entries()
            for number in record..<record + count { entries.append(try self.record(number)) }
            let leafHashes = entries.leafHashes()
            let proposed = chain.tip.makeBlock(
                entries: entries, leafHashes: leafHashes, submissions: self.submissions(record..<record + count),
                proposer: key.publicKey, now: .now())
            chain.advance(to: proposed)
            let vote = Vote(
                chain: chain.chain, epoch: chain.head.epoch, view: View(rawValue: chain.head.index.rawValue),
                kind: .finalise, blockHash: proposed.hash)
            let certificate = Certificate(
                epoch: vote.epoch, view: vote.view, blockHash: vote.blockHash,
                votes: [Certificate.MemberSignature(member: 0, signature: key.sign(vote.message))])
            try writer.append(FinalBlock(block: proposed.block, certificate: certificate), leafHashes: leafHashes)
            record += count
            unsynced += count * self.bytes
            if unsynced > 16 << 20 {
                _ = try writer.sync()
                unsynced = 0
            }
        }
        _ = try writer.sync()
        try writer.close()
    }

    private func submissions(_ records: Range<Int>) -> SubmissionList? {
        guard self.ids else { return nil }
        return SubmissionList(
            records.enumerated().map { place, number in
                let id = SubmissionID(client: [], idempotencyKey: Array(String(number).utf8))
                return SubmissionList.Item(id: id, offsets: place..<place + 1)
            })
    }

    /// A JSON string of the wanted size, no two alike.
    private func record(_ number: Int) throws -> Record {
        let digits = String(number)
        return try Record(json: "\"" + digits + String(repeating: "x", count: self.bytes - 2 - digits.count) + "\"")
    }
}
