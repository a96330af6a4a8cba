import CairnHash
import CairnLedger

/// The members of an object in a node's answer, each taken by name and type.
struct AnswerFields {
    private let members: JSONObject
    /// Names the answer in errors.
    private let source: String

    init(_ json: JSONValue, of source: String) throws(CommandFailure) {
        guard let members = json.object else { throw .failed("\(source): the answer is not what a Cairn node says") }
        self.members = members
        self.source = source
    }

    func optional(_ name: String) -> JSONValue? {
        self.members[name]
    }

    func value(_ name: String) throws(CommandFailure) -> JSONValue {
        try self.value(name) { $0 }
    }

    func string(_ name: String) throws(CommandFailure) -> String {
        try self.value(name, \.string)
    }

    func uint64(_ name: String) throws(CommandFailure) -> UInt64 {
        try self.value(name, \.uint64)
    }

    func digest(_ name: String) throws(CommandFailure) -> Digest {
        try self.value(name) { $0.string.flatMap { Digest(hex: $0) } }
    }

    func digests(_ name: String) throws(CommandFailure) -> [Digest] {
        try self.value(name) { value in
            guard let digests = value.array?.map({ $0.string.flatMap { Digest(hex: $0) } }) else { return nil }
            return digests.contains(nil) ? nil : digests.compactMap { $0 }
        }
    }

    func array(_ name: String) throws(CommandFailure) -> [JSONValue] {
        try self.value(name, \.array)
    }

    func object(_ name: String) throws(CommandFailure) -> AnswerFields {
        try AnswerFields(try self.value(name), of: self.source)
    }

    private func value<Value>(_ name: String, _ take: (JSONValue) -> Value?) throws(CommandFailure) -> Value {
        guard let json = self.members[name] else { throw .failed("\(self.source): the answer lacks \"\(name)\"") }
        guard let value = take(json) else { throw .failed("\(self.source): \"\(name)\" in the answer can't be read") }
        return value
    }
}
