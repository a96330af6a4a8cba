package import ArgumentParser
package import CairnLedger
import Foundation

package struct Log: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
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
    package var number: UInt64?

    @Flag(help: "One line a block.")
    var oneline = false

    @Flag(help: "The oldest first.")
    package var reverse = false

    @Flag(help: "Don't use a pager.")
    var noPager = false

    @OptionGroup package var ledger: LedgerOptions
    @OptionGroup package var output: OutputOptions

    package init() {}

    package func run() async throws {
        let pager = Pager.command(
            environment: ProcessInfo.processInfo.environment, isTerminal: Terminal.isStandardOutput && !self.noPager)
        try await self.ledger.withLedger { ledger in
            let head = try await ledger.status().headIndex
            try await Pager.run(pager) { output in
                // As they come: how many there are is what a node says.
                for range in Self.pages(head: head, limit: self.number, reverse: self.reverse) {
                    let blocks = try await ledger.blocks(range)
                    for block in self.reverse ? blocks : blocks.reversed() { try self.write(block, to: output) }
                    try output.flush()
                }
            }
        }
    }

    /// The ranges of blocks to fetch one after the other, to list `limit` blocks from one end of the chain.
    /// Each is made when it is asked for.
    package static func pages(
        head: BlockIndex, limit: UInt64?, reverse: Bool
    ) -> some Sequence<ClosedRange<BlockIndex>> {
        let (all, overflows) = head.rawValue.addingReportingOverflow(1)
        let count = min(limit ?? .max, overflows ? .max : all)
        return sequence(state: UInt64(0)) { done in
            guard done < count else { return nil }
            let size = min(Self.pageBlocks, count - done)
            let first = reverse ? done : head.rawValue - done - (size - 1)
            done += size
            return BlockIndex(first)...BlockIndex(first + (size - 1))
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
