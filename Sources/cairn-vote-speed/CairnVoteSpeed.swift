import ArgumentParser
import CairnConsensus

@main
struct CairnVoteSpeed: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cairn-vote-speed",
        abstract: "Measures the consensus rule alone: no network, no disk, real Ed25519.",
        discussion: """
            All members run in this process. One thread decides for all of them; all cores check messages. What is \
            printed is a member's work for one block, in microseconds, and how many blocks and records a second a member \
            of its own core each could do by it: deciding (with signing) is one thread's work, checking is shared out.
            """)

    @Option(help: "Numbers of members, by commas.")
    var members = "4,16,64"

    @Option(help: "Records in a submission; each block takes what waits.")
    var records = 64

    @Option(help: "Blocks to measure.")
    var blocks = 200

    @Option(help: "Measures instead how fast one core verifies what a node that is far behind is given: so many MB.")
    var catchUp: Int?

    @Option(help: "Bytes of a record, with --catch-up.")
    var recordBytes = 256

    func run() throws {
        if let catchUp {
            var speed = try CatchUpSpeed(
                megabytes: catchUp, recordBytes: self.recordBytes, recordsPerBlock: self.records)
            return print(try speed.run())
        }
        print("members  blocks  records/block  decide µs  sign µs  check µs  send KB  here blocks/s  decider blocks/s")
        for text in self.members.split(separator: ",") {
            guard let count = Int(text), (1...1_024).contains(count) else {
                throw ValidationError("\"\(text)\" is no number of members from 1 to 1024")
            }
            // Checks grow with the square of the members.
            let blocks = max(10, self.blocks * 4 / max(4, count))
            var cluster = try Cluster(members: count, recordsPerSubmission: self.records)
            let figures = try cluster.run(blocks: blocks)
            print(figures.line)
        }
    }
}
