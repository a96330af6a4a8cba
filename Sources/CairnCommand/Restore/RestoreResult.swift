import CairnHash
import CairnLedger
import CairnStore

/// What `cairn restore` made.
enum RestoreResult {
    /// - Parameter isMember: whether its key took the place of the only member's.
    case ledger(
        directory: String, settings: GenesisSettings, head: LedgerHead, chain: Digest, key: PublicKey, isMember: Bool)
    case successor(directory: String, settings: GenesisSettings, of: GenesisSettings, chain: Digest, key: PublicKey)

    var json: JSONValue {
        switch self {
        case .ledger(let directory, let settings, let head, let chain, let key, let isMember):
            .object([
                "data_directory": .string(directory), "name": .string(settings.name), "chain": .hash(chain),
                "key": .string("\(key)"), "member": .bool(isMember),
                "head": .object([
                    "index": .integer(head.index), "hash": .hash(head.hash),
                    "timestamp": .string(head.header.timestamp.description), "tree_size": .integer(head.treeSize),
                    "tree_root": .hash(head.header.treeRoot),
                ]),
            ])
        case .successor(let directory, let settings, _, let chain, let key):
            .object([
                "data_directory": .string(directory), "name": .string(settings.name), "chain": .hash(chain),
                "key": .string("\(key)"), "member": .bool(true),
                "predecessor": settings.predecessor?.answer ?? .null,
            ])
        }
    }

    var text: String {
        switch self {
        case .ledger(let directory, let settings, let head, let chain, let key, let isMember):
            """
            Restored \(settings.name.withoutControlCharacters) in \(directory)
            Chain   \(chain)
            Head    block \(head.index) \(head.hash)
            Date    \(head.header.timestamp)
            Records \(Readable.count(head.treeSize.rawValue))
            Root    \(head.header.treeRoot)
            Key     \(key)\(isMember ? ", its only member from now on: destroy the old key" : ", without a vote: it follows")
            """
        case .successor(let directory, let settings, let old, let chain, let key):
            """
            Founded the ledger \(settings.name.withoutControlCharacters) in \(directory)
            Chain   \(chain)
            Key     \(key)
            It takes the place of \(old.name.withoutControlCharacters)
            \(settings.predecessor?.text ?? "")
            """
        }
    }
}
