import CairnHash
import CairnLedger

/// What `cairn status` tells. What isn't always there is constant, so that whoever makes one can't leave it out.
package struct LedgerStatus: Equatable, Sendable {
    /// Where it was read: a directory or an address.
    var place: String
    var name: String
    var chain: Digest
    /// The ledger whose place this one takes.
    let predecessor: Predecessor?
    /// The node's public key, hexadecimal; nil for a directory without one.
    var key: String?
    var headIndex: BlockIndex
    var headHash: Digest
    /// RFC 3339.
    var headTimestamp: String
    var treeSize: TreeSize
    var treeRoot: Digest
    var version: String
    /// Why the node takes no records, nil when it does.
    var notReady: String?
    /// What hinders no append, and somebody has to know.
    let warnings: [String]
    /// Of a running node.
    var cluster: ClusterStatus?

    var json: JSONValue {
        var object: JSONObject = [
            "name": .string(self.name),
            "chain": .hash(self.chain),
            "key": self.key.map(JSONValue.string) ?? .null,
            "head": .object([
                "index": .integer(self.headIndex),
                "hash": .hash(self.headHash),
                "timestamp": .string(self.headTimestamp),
                "tree_size": .integer(self.treeSize),
                "tree_root": .hash(self.treeRoot),
            ]),
            "version": .string(self.version),
            "ready": .bool(self.notReady == nil),
            "reason": self.notReady.map(JSONValue.string) ?? .null,
            "warnings": .array(self.warnings.map(JSONValue.string)),
        ]
        if let predecessor { object["predecessor"] = predecessor.answer }
        if let cluster { object["cluster"] = cluster.json }
        return .object(object)
    }

    var text: String {
        """
        Ledger:   \(self.name.withoutControlCharacters) (\(self.place))
        Chain:    \(self.chain)\(self.predecessor.map { "\n" + $0.text } ?? "")
        Records:  \(Readable.count(self.treeSize.rawValue))
        Head:     block \(self.headIndex) \(self.headHash)
        Date:     \(self.headTimestamp.withoutControlCharacters)
        Root:     \(self.treeRoot)
        Node key: \(self.key ?? "none")
        Version:  \(self.version.withoutControlCharacters)
        Ready:    \(self.notReady.map { "no: \($0.withoutControlCharacters)" } ?? "yes")
        """ + self.warnings.map { "\nWarning:  " + $0.withoutControlCharacters }.joined()
            + (self.cluster.map { "\n" + $0.text } ?? "")
    }
}
