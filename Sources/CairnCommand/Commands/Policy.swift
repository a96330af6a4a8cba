import ArgumentParser
import CairnHash
import CairnLedger

struct Policy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print whom to trust about a ledger, for checking proofs offline.",
        discussion: """
            The trust policy (c2sp.org/tlog-policy) names the members' keys and how many of them have to have signed; \
            that the nodes certified the keys was checked. Add lines of your own for witnesses that you trust. It has \
            to be written anew after members change.

            Whoever gives you the policy is whom you trust: take it from your own node, or compare the chain in it with \
            one that you know (--chain).

            Examples:
              cairn policy > policy.txt
              cairn policy --url http://127.0.0.1:5000 > policy.txt
            """)

    @Option(help: ArgumentHelp("The chain that the ledger has to have; another one is an error.", valueName: "hash"))
    var chain: String?

    @OptionGroup var ledger: LedgerOptions

    func run() async throws {
        let keys = try await self.ledger.withWritableLedger { try await $0.noteKeys() }
        if let chain, chain.lowercased() != keys.chain.description {
            throw CommandFailure.failed("the ledger's chain is \(keys.chain), not \(chain)")
        }
        let output = Output.standard()
        try output.line(try keys.policy().text.dropLast())
        try output.flush()
    }
}
