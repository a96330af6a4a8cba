internal import CairnHash
package import CairnLedger

/// Up to where an auditor has read all records: the edge of the tree over them, from which it goes on.
///
/// Stored as JSON: `format` is `cairn/checked-records/1`, `size` a number, `subtree_roots` hashes from the largest full
/// subtree to the smallest.
package struct CheckedRecords {
    private static let format = "cairn/checked-records/1"

    package var frontier = MerkleFrontier()

    package init() {}

    package init(parsing bytes: [UInt8]) throws(LedgerClientError) {
        var canonical: [UInt8] = []
        try? CanonicalJSON.canonicalize(bytes.span.bytes, into: &canonical)
        let object = (try? JSONValue(canonical: canonical.span.bytes))?.object
        let roots = object?["subtree_roots"]?.array?.compactMap { $0.string.flatMap { Digest(hex: $0) } }
        guard object?["format"]?.string == Self.format, let size = object?["size"]?.uint64, let roots,
            let frontier = MerkleFrontier(size: TreeSize(rawValue: size), subtreeRoots: roots)
        else { throw .storage(reason: "what is stored of the records that were checked can't be read") }
        self.frontier = frontier
    }

    package var bytes: [UInt8] {
        let size = JSONNumber(self.frontier.size.rawValue)
        let object: JSONObject = [
            "format": .string(Self.format),
            "size": size.map(JSONValue.number) ?? .null,
            "subtree_roots": .array(self.frontier.subtreeRoots.map { .string($0.description) }),
        ]
        var bytes: [UInt8] = []
        JSONValue.object(object).encode(into: &bytes)
        return bytes + [UInt8(ascii: "\n")]
    }
}
