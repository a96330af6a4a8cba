package import CairnHash
package import CairnLedger

/// Building and printing what `--json` answers with: one canonical JSON value a line.
extension JSONValue {
    /// A number; as text above 2^53, where JSON numbers lose their last digits.
    static func integer(_ value: UInt64) -> JSONValue {
        guard let number = JSONNumber(value) else { return .string(String(value)) }
        return .number(number)
    }

    static func integer(_ value: some LedgerNumber) -> JSONValue {
        .integer(value.rawValue)
    }

    package static func hash(_ digest: Digest) -> JSONValue {
        .string(digest.description)
    }

    static func hashes(_ digests: [Digest]) -> JSONValue {
        .array(digests.map(JSONValue.hash))
    }

    package static func seconds(_ value: Double) -> JSONValue {
        guard let number = JSONNumber(value) else { return .null }
        return .number(number)
    }

    /// The canonical bytes.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        self.encode(into: &bytes)
        return bytes
    }
}

extension Record {
    /// The record as a part of a larger JSON value.
    package var json: JSONValue {
        // Nothing but canonical bytes gets into a record.
        (try? JSONValue(canonical: self.canonicalBytes.span.bytes)) ?? .null
    }
}
