import CairnHash
import CairnLedger

/// The blocks of a running node's ledger, one after another. Nothing that it says is trusted.
struct NodeBlocks: Sendable {
    /// Blocks that are asked for at once: at most 16 · 4 MiB wait to be written.
    private static let windowBlocks: UInt64 = 16

    private let client: NodeClient

    init(_ client: NodeClient) {
        self.client = client
    }

    var source: String { self.client.address.text }

    func close() async { await self.client.close() }

    /// The node's newest block.
    func head() async throws(CommandFailure) -> BlockIndex {
        let fields = try AnswerFields(try await self.client.get("/v1/node"), of: self.source)
        return BlockIndex(rawValue: try fields.object("head").uint64("index"))
    }

    func block(_ index: BlockIndex) async throws(CommandFailure) -> FinalBlock {
        let bytes = try await self.client.bytes(
            "/v1/blocks/\(index)", accept: "application/octet-stream", bytesMax: BlockAnswer.byteCountMax)
        do throws(BlockAnswerError) {
            return try BlockAnswer.decode(bytes.span.bytes)
        } catch {
            throw .failed("what \(self.source) gave for block \(index): \(error)")
        }
    }

    /// Calls `body` with the blocks of a range, in order.
    func forEach(
        _ range: ClosedRange<BlockIndex>, _ body: (FinalBlock) throws(CommandFailure) -> Void
    ) async throws(CommandFailure) {
        var next = range.lowerBound.rawValue
        while next <= range.upperBound.rawValue {
            let last = min(next + Self.windowBlocks - 1, range.upperBound.rawValue)
            for result in await self.window(next...last) { try body(try result.get()) }
            next = last + 1
        }
    }

    private func result(_ index: BlockIndex) async -> Result<FinalBlock, CommandFailure> {
        do throws(CommandFailure) {
            return .success(try await self.block(index))
        } catch {
            return .failure(error)
        }
    }

    private func window(_ range: ClosedRange<UInt64>) async -> [Result<FinalBlock, CommandFailure>] {
        let found = await withTaskGroup(of: (UInt64, Result<FinalBlock, CommandFailure>).self) { group in
            for index in range {
                group.addTask {
                    // The tuple is made when all of it is there: docs/compiler-faults.md.
                    let block = await self.result(BlockIndex(rawValue: index))
                    return (index, block)
                }
            }
            var found: [(UInt64, Result<FinalBlock, CommandFailure>)] = []
            for await result in group { found.append(result) }
            return found
        }
        return found.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
