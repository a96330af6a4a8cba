import ArgumentParser
import CairnPeers

struct Peers: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the nodes that a node is linked to, or have it look for another.",
        subcommands: [List.self, Add.self, Remove.self], defaultSubcommand: List.self)

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
            abstract: "Have a running node look for another one.",
            discussion: """
                An address where no node of the ledger is met within a quarter of an hour is forgotten, and there are at most \
                64 such addresses. To look longer, start the node with --join.

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

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have a running node look for no other at an address any more.",
            discussion: """
                A link that there is stays. An address that the node was started with (--join) is looked at again when it is \
                started with that --join again.

                Examples:
                  cairn peers remove node4.example.com:5001
                """)

        @Argument(help: ArgumentHelp("The address, as 'cairn peers' lists it.", valueName: "host:port"))
        var address: String

        @OptionGroup var node: NodeOptions

        func run() async throws {
            let address: PeerAddress
            do throws(PeerAddressError) {
                address = try PeerAddress(parsing: self.address)
            } catch {
                throw CommandFailure.usage("\(error)")
            }
            try await self.node.withNode { try await $0.removePeer(address) }
        }
    }
}
