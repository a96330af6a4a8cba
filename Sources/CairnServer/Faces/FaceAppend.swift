internal import CairnLedger
internal import CairnNode
internal import NIOCore

/// What the faces do with a body.
enum FaceAppend {
    /// The value of the member `name` of the object that the body is, made canonical.
    static func member(_ name: String, of body: ByteBuffer) throws(Problem) -> Entries {
        guard body.readableBytes > 0 else { throw Problem(.emptyBody, "Send a JSON object with \"\(name)\".") }
        var canonical: [UInt8] = []
        let json: JSONValue
        do {
            // Around the value is one more level.
            try CanonicalJSON.canonicalize(body.readableBytesSpan, into: &canonical, maxDepth: Limits.nestingMax + 1)
            json = try JSONValue(canonical: canonical.span.bytes, maxDepth: Limits.nestingMax + 1)
        } catch {
            throw Problem(.json(error))
        }
        guard case .object(let members) = json, let value = members[name] else {
            throw Problem(.badJSON, "The body has to be a JSON object with \"\(name)\".")
        }
        var bytes: [UInt8] = []
        value.encode(into: &bytes)
        var entries = Entries()
        do {
            try entries.append(json: bytes.span.bytes)
        } catch {
            throw Problem(error)
        }
        return entries
    }

    static func submission(_ entries: Entries) throws(Problem) -> Submission {
        do {
            return try Submission(entries: entries)
        } catch {
            throw Problem(error)
        }
    }
}
