import CairnHash
import CairnLedger

/// The ledger whose place another one takes, as `cairn status` tells it.
extension Predecessor {
    /// From a node's answer; nil when there is none.
    init?(in fields: AnswerFields) throws(CommandFailure) {
        // A node of version 0.1.0 says nothing of it.
        guard fields.optional("predecessor")?.object != nil else { return nil }
        let old = try fields.object("predecessor")
        self.init(
            chain: try old.digest("chain"), size: TreeSize(rawValue: try old.uint64("tree_size")),
            root: try old.digest("tree_root"))
    }

    var answer: JSONValue {
        .object(["chain": .hash(self.chain), "tree_size": .integer(self.size), "tree_root": .hash(self.root)])
    }

    var text: String {
        """
        Before:   \(self.chain), which ended with \(Readable.count(self.size.rawValue, "record")),
                  root \(self.root)
        """
    }
}
