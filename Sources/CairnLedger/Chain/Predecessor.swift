public import CairnHash

/// The ledger that another one takes the place of, as far as it was known when that was founded: its key was lost, and its
/// records are still there for everybody to check.
///
/// In the annex of the genesis block: `{"chain": <hash>, "root": <hash>, "size": <records>}`. It is the founder's word,
/// which no rule checks: whoever has the old ledger compares.
public struct Predecessor: Hashable, Sendable {
    /// The old ledger's identity.
    public var chain: Digest
    /// How many records it had.
    public var size: TreeSize
    /// The root of its tree at that size.
    public var root: Digest

    public init(chain: Digest, size: TreeSize, root: Digest) {
        self.chain = chain
        self.size = size
        self.root = root
    }
}

extension Predecessor {
    var json: JSONValue {
        .object([
            "chain": .string(self.chain.description), "root": .string(self.root.description),
            "size": .integer(self.size.rawValue),
        ])
    }

    init(json: JSONValue) throws(AnnexError) {
        let fields = try AnnexFields(json, of: "genesis.predecessor", known: ["chain", "root", "size"])
        func digest(_ name: String) throws(AnnexError) -> Digest {
            guard let digest = Digest(hex: try fields.string(name)) else { throw .invalidField(fields.path(name)) }
            return digest
        }
        self.init(
            chain: try digest("chain"), size: TreeSize(rawValue: try fields.number("size")), root: try digest("root"))
    }
}
