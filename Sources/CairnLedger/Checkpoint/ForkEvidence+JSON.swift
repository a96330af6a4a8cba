internal import CairnHash

extension ForkEvidence {
    public static let format = "cairn/fork-evidence/1"

    /// Two notes in JSON strings, and a proof.
    private static let byteCountMax = 3 * Limits.noteBytesMax

    /// The file: canonical JSON, with a newline behind it.
    public var bytes: [UInt8] {
        var object: JSONObject = [
            "format": .string(Self.format),
            "smaller": .string(String(decoding: self.smaller.bytes, as: UTF8.self)),
            "larger": .string(String(decoding: self.larger.bytes, as: UTF8.self)),
        ]
        if let proof {
            object["root_at_smaller"] = .string(proof.oldRoot.description)
            object["path"] = .array(proof.path.map { .string($0.description) })
        }
        var bytes: [UInt8] = []
        JSONValue.object(object).encode(into: &bytes)
        return bytes + [UInt8(ascii: "\n")]
    }

    /// Reads a file, in any spelling of the JSON. What it shows is not checked: `verify` does that.
    public init(parsing bytes: [UInt8]) throws(ForkEvidenceError) {
        guard bytes.count <= Self.byteCountMax else {
            throw .tooLarge(bytes: bytes.count, limit: Self.byteCountMax)
        }
        let json: JSONValue
        do throws(CanonicalJSONError) {
            var canonical: [UInt8] = []
            try CanonicalJSON.canonicalize(bytes.span.bytes, into: &canonical)
            json = try JSONValue(canonical: canonical.span.bytes)
        } catch {
            throw .json(error)
        }
        guard let object = json.object, let format = object["format"]?.string,
            format.utf8.elementsEqual(Self.format.utf8)
        else { throw .badMember("format") }
        let smaller = try Self.checkpoint("smaller", in: object)
        let larger = try Self.checkpoint("larger", in: object)
        guard smaller.checkpoint.size <= larger.checkpoint.size else { throw .badMember("smaller") }
        self.init(smaller, larger, proof: try Self.proof(in: object))
    }

    private static func checkpoint(
        _ name: String, in object: JSONObject
    ) throws(ForkEvidenceError) -> SignedCheckpoint {
        guard let note = object[name]?.string else { throw .badMember(name) }
        do throws(CheckpointError) {
            return try SignedCheckpoint(parsing: note.utf8)
        } catch {
            throw .checkpoint(member: name, error)
        }
    }

    private static func proof(in object: JSONObject) throws(ForkEvidenceError) -> Proof? {
        guard object["path"] != nil || object["root_at_smaller"] != nil else { return nil }
        guard let oldRoot = object["root_at_smaller"]?.string.flatMap({ Digest(hex: $0) }) else {
            throw .badMember("root_at_smaller")
        }
        guard let items = object["path"]?.array, items.count <= MerklePathText.hashesMax else {
            throw .badMember("path")
        }
        var path: [Digest] = []
        for item in items {
            guard let hash = item.string.flatMap({ Digest(hex: $0) }) else { throw .badMember("path") }
            path.append(hash)
        }
        return Proof(oldRoot: oldRoot, path: path)
    }
}
