import ArgumentParser
import CairnPeers

struct Peers: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the nodes that a node is linked to, or have it look for another.",
        subcommands: [List.self, Add.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the nodes that a node is linked to, or looks for.",
            discussion: """
                Examples:
                  cairn peers
                  cairn peers --url http://127.0.0.1:5010 --json
                """)

        @OptionGroup var node: NodeOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let peers = try await self.node.withNode { try await $0.peers() }
            let output = Output.standard()
            if self.output.json { try output.line(peers.json.bytes) } else { try output.line(peers.text) }
            try output.flush()
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have a running node look for another one, until it stops.",
            discussion: """
                For longer than that, start the node with --join.

                Examples:
                  cairn peers add node4.example.com:5001
                """)

        @Argument(help: ArgumentHelp("Where the other node takes links.", valueName: "host:port"))
        var address: String

        @OptionGroup var node: NodeOptions

        func run() async throws {
            do throws(PeerAddressError) {
                _ = try PeerAddress(parsing: self.address)
            } catch {
                throw CommandFailure.usage("\(error)")
            }
            try await self.node.withNode { try await $0.addPeer(self.address) }
        }
    }
}
