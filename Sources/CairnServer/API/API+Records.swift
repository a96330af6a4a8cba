internal import CairnHash
internal import CairnLedger
internal import CairnNode
internal import NIOCore
internal import NIOHTTP1

extension API {
    var recordRoutes: [Route] {
        let node = self.node
        return [
            Route(.GET, "/v1/records", parameters: ["from", "limit", "leaf_hash"]) { request, _ throws(Problem) in
                try self.records(request)
            },
            Route(.GET, "/v1/records/{number}") { request, _ throws(Problem) in
                let number = RecordNumber(rawValue: try Query.number(request.parameters[0], name: "number"))
                return .blocking { () throws(Problem) in
                    let stored = try reading { () throws(ReadError) in try node.record(number) }
                    var json = JSONWriter(capacity: stored.record.canonicalBytes.count + 320)
                    json.value(stored)
                    return .json(.ok, json)
                }
            },
        ]
    }

    private func records(_ request: Request) throws(Problem) -> Answer {
        let node = self.node
        if let text = request.query.text("leaf_hash") {
            guard let leafHash = Digest(hex: text) else {
                throw Problem(.badParameter, "\"leaf_hash\" is \"\(text)\"; it has to be 64 hexadecimal digits.")
                    .with("parameter", "leaf_hash")
            }
            guard request.query.text("from") == nil else {
                throw Problem(.badParameter, "\"from\" doesn't go together with \"leaf_hash\".").with(
                    "parameter", "from")
            }
            let limit = try request.query.limit(
                default: HTTPLimits.pageRecordsDefault, max: HTTPLimits.pageRecordsMax)
            return .blocking { () throws(Problem) in try Self.find(leafHash, limit: limit, in: node) }
        }
        let first = RecordNumber(rawValue: try request.query.number("from") ?? 0)
        if request.headers.accepts(.ndjson) {
            let limit = UInt64(try request.query.limit(default: .max, max: .max))
            let size = node.head.treeSize
            guard first.rawValue <= size.rawValue else { throw Problem(ReadError.noSuchRecord(first, size: size)) }
            let end = first.rawValue + min(limit, size.rawValue - first.rawValue)
            return .stream(
                contentType: MediaType.ndjson.rawValue,
                RecordLines(node: node, position: first, end: RecordNumber(rawValue: end)))
        }
        let limit = try request.query.limit(default: HTTPLimits.pageRecordsDefault, max: HTTPLimits.pageRecordsMax)
        return .blocking { () throws(Problem) in try Self.page(from: first, limit: limit, of: node) }
    }

    private static func find(_ leafHash: Digest, limit: Int, in node: Node) throws(Problem) -> Response {
        let numbers = try reading { () throws(ReadError) in try node.records(withLeafHash: leafHash, limit: limit) }
        return .json { json in
            json.field("leaf_hash", leafHash)
            json.name("numbers")
            json.array { json in
                for number in numbers { json.value(number) }
            }
        }
    }

    private static func page(from first: RecordNumber, limit: Int, of node: Node) throws(Problem) -> Response {
        let size = node.head.treeSize
        guard first.rawValue <= size.rawValue else { throw Problem(ReadError.noSuchRecord(first, size: size)) }
        var next = first
        var left = min(UInt64(limit), size.rawValue - first.rawValue)
        var json = JSONWriter(capacity: 4_096)
        try json.object { json throws(Problem) in
            json.name("records")
            try json.array { json throws(Problem) in
                while left > 0, json.byteCount < HTTPLimits.pageBytesMax {
                    let (from, count) = (next, Int(left))
                    let records = try reading { () throws(ReadError) in try node.records(from: from, limit: count) }
                    for record in records where json.byteCount < HTTPLimits.pageBytesMax {
                        json.value(record)
                        next = next.next()
                        left -= 1
                    }
                }
            }
            if size.contains(next) { json.field("next", next) } else { json.nullField("next") }
        }
        return .json(.ok, json)
    }
}

extension HTTPHeaders {
    /// Whether the client names the type in `Accept`; a general `*/*` doesn't.
    func accepts(_ type: MediaType) -> Bool {
        self["accept"].contains { $0.lowercased().utf8.contains(text: type.rawValue) }
    }
}

extension Collection<UInt8> {
    /// Whether the bytes of `text` stand somewhere in it.
    package func contains(text: String) -> Bool {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.starts(with: text.utf8) { return true }
            rest = rest.dropFirst()
        }
        return text.isEmpty
    }
}

/// Records as NDJSON.
private struct RecordLines: ChunkSource {
    let node: Node
    var position: RecordNumber
    let end: RecordNumber

    mutating func next() throws(Problem) -> ByteBuffer? {
        guard self.position < self.end else { return nil }
        var json = JSONWriter(capacity: HTTPLimits.chunkBytes + 4_096)
        while self.position < self.end, json.byteCount < HTTPLimits.chunkBytes {
            let (node, first) = (self.node, self.position)
            let limit = Int(min(self.end.rawValue - first.rawValue, 256))
            for record in try reading({ () throws(ReadError) in try node.records(from: first, limit: limit) }) {
                json.value(record)
                json.newline()
                self.position = self.position.next()
            }
        }
        return json.buffer
    }
}
