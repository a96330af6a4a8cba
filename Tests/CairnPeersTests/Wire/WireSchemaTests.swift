import CairnPeers
import Foundation
import Testing

/// What is looked at before a message is decoded is what link.proto says.
struct WireSchemaTests {
    /// `message Name { [repeated] type field = number; … }`, by name.
    private static func messages() throws -> [String: [(number: Int, type: String, isRepeated: Bool)]] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Sources/CairnPeers/Wire/link.proto")
        var messages: [String: [(number: Int, type: String, isRepeated: Bool)]] = [:]
        var present = ""
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            var words = line.split(separator: " ").map(String.init)
            if words.first == "message" { present = words[1] }
            let isRepeated = words.first == "repeated"
            if isRepeated { words.removeFirst() }
            guard words.count == 4, words[2] == "=", let number = Int(words[3].dropLast()) else { continue }
            messages[present, default: []].append((number, words[0], isRepeated))
        }
        return messages
    }

    private static func text(of message: String, in all: [String: [(number: Int, type: String, isRepeated: Bool)]])
        -> String
    {
        let fields = (all[message] ?? []).sorted { $0.number < $1.number }
        #expect(fields.map(\.number) == Array(1...max(1, fields.count)), "\(message)")
        return fields.map { field in
            let text =
                switch field.type {
                case "uint64": "64"
                case "uint32": "32"
                case "bool": "1"
                case "bytes", "string": "b"
                default: "{" + Self.text(of: field.type, in: all) + "}"
                }
            return text + (field.isRepeated ? "*" : "")
        }.joined(separator: " ")
    }

    private static func text(of schema: WireSchema) -> String {
        schema.fields.map { field in
            switch field {
            case .number(max: .max): "64"
            case .number(max: UInt64(UInt32.max)): "32"
            case .number(max: 1): "1"
            case .number: "?"
            case .bytes: "b"
            case .texts: "b*"
            case .message(let schema): "{" + Self.text(of: schema) + "}"
            case .messages(let schema, _): "{" + Self.text(of: schema) + "}*"
            }
        }.joined(separator: " ")
    }

    @Test("C1: every message is known before it is decoded")
    func theSchemaIsTheProtocols() throws {
        let all = try Self.messages()
        #expect(all.count > 15)
        #expect(Self.text(of: .envelope) == Self.text(of: "Envelope", in: all))
    }
}
