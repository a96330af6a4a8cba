import ArgumentParser
import CairnLedger
import Foundation

struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the blocks, the newest first.",
        discussion: """
            On a terminal the list goes through $PAGER, or less.

            Examples:
              cairn log
              cairn log --oneline -n 10
              cairn log --reverse --json --url http://127.0.0.1:5000
            """)

    /// Blocks that are fetched at once.
    private static let pageBlocks: UInt64 = 100

    @Option(
        name: [.customShort("n", allowingJoined: true), .customLong("number")],
        help: "List this many blocks at most.")
    var number: UInt64?

    @Flag(help: "One line a block.")
    var oneline = false

    @Flag(help: "The oldest first.")
    var reverse = false

    @Flag(help: "Don't use a pager.")
    var noPager = false

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let pager = Pager.command(
            environment: ProcessInfo.processInfo.environment, isTerminal: Terminal.isStandardOutput && !self.noPager)
        try await self.ledger.withLedger { ledger in
            let head = try await ledger.status().headIndex
            try await Pager.run(pager) { output in
                for range in Self.pages(head: head, limit: self.number, reverse: self.reverse) {
                    let blocks = try await ledger.blocks(range)
                    for block in self.reverse ? blocks : blocks.reversed() { try self.write(block, to: output) }
                }
            }
        }
    }

    /// The ranges of blocks to fetch one after the other, to list `limit` blocks from one end of the chain.
    static func pages(head: BlockIndex, limit: UInt64?, reverse: Bool) -> [ClosedRange<BlockIndex>] {
        let count = min(limit ?? .max, head.rawValue + 1)
        return stride(from: 0, to: count, by: Int(Self.pageBlocks)).map { done in
            let size = min(Self.pageBlocks, count - done)
            let first = reverse ? done : head.rawValue + 1 - done - size
            return BlockIndex(first)...BlockIndex(first + size - 1)
        }
    }

    private func write(_ block: BlockSummary, to output: Output) throws(CommandFailure) {
        if self.output.json {
            try output.line(block.json.bytes)
        } else if self.oneline {
            try output.line(BlockText.line(block))
        } else {
            try output.line(BlockText.paragraph(block))
        }
    }
}
