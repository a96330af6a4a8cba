import CairnCommand
import CairnLedger
import Testing

/// What a node tells of members and settings.
struct MemberListTests {
    private static let hash = String(repeating: "ab", count: 32)
    private let key = PrivateKey().publicKey

    private func list(settings: String) throws -> MemberList {
        let text =
            #"{"chain":"\#(Self.hash)","epoch":3,"fault_model":"majority","members":[{"key":"\#(self.key)","power":1}],"#
            + #""settings":\#(settings)}"#
        var canonical: [UInt8] = []
        try CanonicalJSON.canonicalize(Array(text.utf8).span.bytes, into: &canonical)
        return try MemberList(JSONValue(canonical: canonical.span.bytes), of: "test")
    }

    private func json(_ list: MemberList) -> String {
        var bytes: [UInt8] = []
        list.json.encode(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func knownSettings() throws {
        let settings = EpochSettings()
        let list = try self.list(settings: String(decoding: settings.canonicalBytes, as: UTF8.self))
        #expect(try list.present().settings == settings)
        #expect(list.text.hasSuffix("\nAgreement simplex-1, submission ids of 1048576 records are remembered"))
    }

    /// Whoever looks at the members sees them; nobody changes what it doesn't understand.
    @Test func unknownSettings() throws {
        let list = try self.list(settings: #"{"agreement":"simplex-3","text":"\u202e\u009b2J"}"#)
        #expect(list.text.contains("\(self.key)") && list.text.contains(#"{"agreement":"simplex-3""#))
        #expect(list.text.contains("newer version"))
        #expect(!list.text.contains("\u{202E}") && !list.text.contains("\u{9B}"))
        #expect(self.json(list).contains(#""settings":{"agreement":"simplex-3""#))
        #expect(throws: CommandFailure.self) { try list.present() }
    }
}
