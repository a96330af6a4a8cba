package import CairnLedger

/// The nodes that a node has links to, or looks for.
package struct PeerList: Equatable, Sendable {
    package struct Peer: Equatable, Sendable {
        var key: String?
        var address: String?
        var isLinked: Bool
        var isMember: Bool
        var direction: String?
        /// RFC 3339.
        var since: String
        var roundTripSeconds: Double?
        var problem: String?
    }

    /// Where the node takes links itself.
    var listen: String?
    var peers: [Peer] = []
    let json: JSONValue

    package init(_ json: JSONValue, of source: String) throws(CommandFailure) {
        let fields = try AnswerFields(json, of: source)
        self.json = json
        self.listen = fields.optional("listen")?.string
        for json in try fields.array("peers") {
            let peer = try AnswerFields(json, of: source)
            self.peers.append(
                Peer(
                    key: peer.optional("key")?.string, address: peer.optional("address")?.string,
                    isLinked: peer.optional("linked")?.bool == true, isMember: peer.optional("member")?.bool == true,
                    direction: peer.optional("direction")?.string, since: try peer.string("since"),
                    roundTripSeconds: peer.optional("round_trip_seconds")?.seconds,
                    problem: peer.optional("problem")?.string))
        }
    }

    package var text: String {
        let own = self.listen.map { "takes links on \($0.withoutControlCharacters)" } ?? "takes no links"
        let lines = self.peers.map { peer in
            var parts = [peer.key.map { String($0.prefix(16)) } ?? "unknown         ", peer.address ?? "-"]
            if peer.isLinked {
                parts.append("linked (\(peer.direction ?? "-")) since \(peer.since.prefix(19))Z")
                if let seconds = peer.roundTripSeconds {
                    parts.append("\(Readable.count(UInt64(clamping: seconds * 1_000_000))) µs")
                }
            } else {
                parts.append("no link: \(peer.problem ?? "not tried yet")")
            }
            if peer.isMember { parts.append("member") }
            return parts.joined(separator: "  ").withoutControlCharacters
        }
        return (["The node \(own)."] + lines).joined(separator: "\n")
    }
}

extension JSONValue {
    /// A number, with or without a fraction.
    fileprivate var seconds: Double? { self.number.flatMap { Double($0.text) } }
}
