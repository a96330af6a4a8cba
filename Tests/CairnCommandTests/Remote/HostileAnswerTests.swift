import CairnCommand
import CairnLedger
import Testing

/// Whatever numbers and texts a node answers with: no trap, and nothing that a terminal obeys.
struct HostileAnswerTests {
    private static let hash = String(repeating: "ab", count: 32)

    private func peers(_ fields: String, listen: String = "null") throws -> String {
        let text = #"{"listen":\#(listen),"peers":[{"linked":true,"since":"t",\#(fields)}]}"#
        var canonical: [UInt8] = []
        try CanonicalJSON.canonicalize(Array(text.utf8).span.bytes, into: &canonical)
        return try PeerList(JSONValue(canonical: canonical.span.bytes), of: "test").text
    }

    @Test(
        "C7: times of any size",
        arguments: [
            "0", "-1", "1e300", "-1e300", "1.7976931348623157e308", "1e13", "18446744073710", "5e-324", "0.001",
        ])
    func roundTrips(seconds: String) throws {
        #expect(try self.peers(#""round_trip_seconds":\#(seconds)"#).contains(" µs"))
    }

    @Test("C10: texts of peers are cleaned")
    func texts() throws {
        let text = try self.peers(
            #""key":"\u001b[31m\u202e","address":"a\u009b2J","problem":"\n\u0085","direction":"\u200b""#,
            listen: #""\u001b]0;title\u0007\nThe node is fine""#)
        #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .format })
        #expect(!text.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control })
        #expect(text.split(separator: "\n").count == 2)
    }

    @Test("C7: a block's sizes that contradict one another")
    func blocks() async throws {
        let answer = ScriptedServer.Answer.json(
            #"{"blocks":[{"index":0,"hash":"\#(Self.hash)","timestamp":"\u001b[2J","previous_hash":"\#(Self.hash)","#
                + #""tree_size":0,"tree_root":"\#(Self.hash)","record_count":9007199254740992}]}"#)
        try await ScriptedServer.with([answer]) { server in
            let ledger = RemoteLedger(address: try NodeAddress(server.url))
            let blocks = try await ledger.blocks(0...0)
            await ledger.close()
            #expect(blocks.map(BlockText.line) == [#"0 abababababab \u001b[2JZ records 0-0 (9,007,199,254,740,992)"#])
            #expect(!BlockText.paragraph(blocks[0]).contains("\u{1B}"))
        }
    }
}
