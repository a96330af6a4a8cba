import CairnHash
import CairnNode
import CairnServer

/// What `cairn serve` tells whoever sits at the terminal: where it listens and what to try.
struct ServeBanner: Sendable {
    var name: String
    var chain: String
    var directory: String

    init(name: String, chain: String, directory: String) {
        self.name = name
        self.chain = chain
        self.directory = directory
    }

    init(status: NodeStatus, directory: String) {
        self.init(name: status.name, chain: status.chain.description, directory: directory)
    }

    func text(_ address: BoundAddress) -> String {
        var address = address
        // An address that stands for all of them can't be called.
        address.host = ["0.0.0.0": "127.0.0.1", "::": "::1"][address.host] ?? address.host
        let url = address.url
        return """
            Ledger \(self.name.withoutControlCharacters) in \(self.directory)
            Chain  \(self.chain)

            Listening on \(url)

            Try:
              \(url)/   in a browser: the explorer
              cairn append '{"hello":"world"}' --url \(url)
              cairn log --url \(url)

            Ctrl-C stops it.
            """
    }
}
