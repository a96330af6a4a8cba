import CairnHash
import CairnLedger
import CairnStore

/// Nodes that may have the blocks that a directory has lost. Nothing that they say is trusted.
struct RemoteBlocks: Sendable {
    package struct Answer {
        package var final: FinalBlock
        var source: String
    }

    private let clients: [NodeClient]

    init(_ addresses: [NodeAddress]) {
        self.clients = addresses.map { NodeClient(address: $0) }
    }

    func close() async {
        for client in self.clients { await client.close() }
    }

    var sources: [String] { self.clients.map(\.address.text) }

    /// What is odd about the nodes, a sentence each: one that can't be reached, one of another ledger.
    func problems(chain: Digest) async -> [String] {
        var problems: [String] = []
        for client in self.clients {
            do throws(CommandFailure) {
                let fields = try AnswerFields(try await client.get("/v1/node"), of: client.address.text)
                let found = try fields.digest("chain")
                if found != chain { problems.append("\(client.address) has another ledger, \(found)") }
            } catch {
                problems.append("\(error)")
            }
        }
        return problems
    }

    /// Asks the nodes in turn, but for those that were asked before.
    ///
    /// - Parameter onProblem: is told why one has nothing to give.
    func fetch(
        _ block: BlockIndex, excluding: Set<String>, onProblem: (String) throws(CommandFailure) -> Void
    ) async throws(CommandFailure) -> Answer? {
        for client in self.clients where !excluding.contains(client.address.text) {
            let bytes: [UInt8]
            do throws(CommandFailure) {
                bytes = try await client.bytes(
                    "/v1/blocks/\(block)", accept: "application/octet-stream", bytesMax: BlockAnswer.byteCountMax)
            } catch {
                try onProblem("\(error)")
                continue
            }
            do throws(BlockAnswerError) {
                return Answer(final: try BlockAnswer.decode(bytes.span.bytes), source: client.address.text)
            } catch {
                try onProblem("what \(client.address) gave for block \(block): \(error)")
            }
        }
        return nil
    }
}
