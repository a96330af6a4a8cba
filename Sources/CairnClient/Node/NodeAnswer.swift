internal import CairnHash
internal import CairnLedger

/// An object in a node's answer, its members taken by name and type.
struct NodeAnswer {
    private let members: JSONObject
    /// Names the answer in errors.
    private let node: NodeURL
    private let path: String

    init(_ json: JSONValue, from node: NodeURL, path: String) throws(LedgerClientError) {
        guard let members = json.object else { throw .badAnswer(node, path: path, reason: "it is no JSON object") }
        self.members = members
        self.node = node
        self.path = path
    }

    /// Nil where there is no such member.
    func optional(_ name: String) -> JSONValue? { self.members[name] }

    func value<Value>(_ name: String, _ take: (JSONValue) -> Value?) throws(LedgerClientError) -> Value {
        guard let value = self.members[name].flatMap(take) else { throw self.bad("\"\(name)\" can't be read") }
        return value
    }

    func string(_ name: String) throws(LedgerClientError) -> String { try self.value(name, \.string) }

    func number(_ name: String) throws(LedgerClientError) -> UInt64 { try self.value(name, \.uint64) }

    func digest(_ name: String) throws(LedgerClientError) -> Digest {
        try self.value(name) { $0.string.flatMap { Digest(hex: $0) } }
    }

    func publicKey(_ name: String) throws(LedgerClientError) -> PublicKey {
        try self.value(name) { $0.string.flatMap { PublicKey(hex: $0) } }
    }

    /// A Merkle path: no tree has one of more than 63 hashes.
    func path(_ name: String) throws(LedgerClientError) -> [Digest] {
        try self.value(name) { value in
            guard let items = value.array, items.count <= 63 else { return nil }
            let hashes = items.compactMap { $0.string.flatMap { Digest(hex: $0) } }
            return hashes.count == items.count ? hashes : nil
        }
    }

    func objects(_ name: String) throws(LedgerClientError) -> [NodeAnswer] {
        var objects: [NodeAnswer] = []
        for json in try self.value(name, \.array) {
            objects.append(try NodeAnswer(json, from: self.node, path: self.path))
        }
        return objects
    }

    func bad(_ reason: String) -> LedgerClientError { .badAnswer(self.node, path: self.path, reason: reason) }
}
