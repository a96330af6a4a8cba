internal import CairnLedger
internal import CairnNode
package import CairnPeers
internal import NIOCore
internal import NIOHTTP1

extension API {
    var peerRoutes: [Route] {
        let node = self.node
        return [
            Route(.GET, "/v1/peers") { _, _ throws(Problem) in
                .response(.json(capacity: 2_048) { json in Self.write(node, into: &json) })
            },
            // Looks for a node at an address; --join does so from the node's beginning, and until somebody removes it.
            Route(.POST, "/v1/peers", body: .types([(.json, HTTPLimits.peerBodyBytesMax)])) {
                request, _ throws(Problem) in
                let body = try PeerBody(request.body)
                let address = try PeerBody.address(try body.text("address"))
                try node.add(peer: address)
                return .response(.json(.accepted) { $0.field("address", address.description) })
            },
            Route(.DELETE, "/v1/peers/{address}") { request, _ throws(Problem) in
                let address = try PeerBody.address(request.parameters[0])
                guard node.hasLinks else { throw Problem(.noLinks, Node.withoutLinks) }
                guard node.removePeer(address) else {
                    throw Problem(.noSuchPeer, "Nobody asked this node to look for another one at \(address).")
                }
                return .response(Response(.noContent))
            },
        ]
    }

    private static func write(_ node: Node, into json: inout JSONWriter) {
        if let address = node.linkAddress {
            json.field("listen", address.description)
        } else {
            json.nullField("listen")
        }
        json.name("peers")
        json.array { json in
            for peer in node.peers { json.value(peer) }
        }
    }
}

extension Node {
    fileprivate static let withoutLinks =
        "Start the node with --peer-port, so that it takes links, or with --join, so that it makes some."

    /// Looks for a node, when there can be links.
    package func add(peer address: PeerAddress) throws(Problem) {
        guard self.hasLinks else {
            throw Problem(.noLinks, Self.withoutLinks)
        }
        guard self.addPeer(address) else {
            throw Problem(
                .tooManyPeers,
                "There are as many addresses as this node looks at. Those where nobody is met are forgotten in a quarter of an "
                    + "hour; DELETE /v1/peers/{address} forgets one at once.")
        }
    }
}

/// A small JSON object that names a peer.
struct PeerBody {
    private let fields: JSONObject

    init(_ body: ByteBuffer) throws(Problem) {
        guard body.readableBytes > 0 else { throw Problem(.emptyBody, "Send a JSON object that names a peer.") }
        var canonical: [UInt8] = []
        let json: JSONValue
        do throws(CanonicalJSONError) {
            try CanonicalJSON.canonicalize(body.readableBytesSpan, into: &canonical)
            json = try JSONValue(canonical: canonical.span.bytes)
        } catch {
            throw Problem(.json(error))
        }
        guard let fields = json.object else { throw Problem(.badPeer, "The body has to be a JSON object.") }
        self.fields = fields
    }

    func text(_ name: String) throws(Problem) -> String {
        guard let text = self.fields[name]?.string else {
            throw Problem(.badPeer, "The body has to be a JSON object with a text \"\(name)\".")
        }
        return text
    }

    /// The first of several names that the object has; a number counts as its text.
    func text(_ names: [String]) -> String? {
        for name in names {
            if let text = self.fields[name]?.string { return text }
            if let number = self.fields[name]?.uint64 { return String(number) }
        }
        return nil
    }

    static func address(_ text: String) throws(Problem) -> PeerAddress {
        do throws(PeerAddressError) {
            return try PeerAddress(parsing: text)
        } catch {
            throw Problem(.badPeer, "\(error).")
        }
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ peer: PeerStatus) {
        self.object { json in
            if let key = peer.key { json.field("key", key.description) } else { json.nullField("key") }
            if let address = peer.address {
                json.field("address", address.description)
            } else {
                json.nullField("address")
            }
            json.field("linked", peer.isLinked)
            if let direction = peer.direction {
                json.field("direction", direction.rawValue)
            } else {
                json.nullField("direction")
            }
            json.field("since", peer.since)
            json.field("member", peer.isMember)
            if let roundTrip = peer.roundTrip {
                json.name("round_trip_seconds")
                json.value(roundTrip / .seconds(1))
            } else {
                json.nullField("round_trip_seconds")
            }
            json.field("bytes_in", peer.bytesIn)
            json.field("bytes_out", peer.bytesOut)
            if let problem = peer.problem { json.field("problem", problem) } else { json.nullField("problem") }
        }
    }
}
