import CairnLedger
import Testing

struct AnnexTests {
    private func decode(_ text: String) throws -> Annex {
        try Annex(decoding: Array(text.utf8).span.bytes)
    }

    private func genesisText() throws -> String {
        String(decoding: Annex(genesis: try Samples.settings()).encoded(), as: UTF8.self)
    }

    @Test func decodingUndoesEncoding() throws {
        let list = SubmissionList([.init(id: Samples.id(1), offsets: 0..<3), .init(id: Samples.id(2), offsets: 5..<6)])
        for annex in [
            Annex(submissions: list), Annex(genesis: try Samples.settings()),
            Annex(genesis: try Samples.settings(), submissions: list),
        ] {
            let bytes = annex.encoded()
            let decoded = try Annex(decoding: bytes.span.bytes)
            #expect(decoded == annex)
            #expect(decoded.encoded() == bytes)
        }
    }

    @Test func cutShortAnywhereOrWithMoreBehind() throws {
        let bytes = Array(try self.genesisText().utf8)
        for count in 0..<bytes.count {
            #expect(throws: AnnexError.self) { try Annex(decoding: Array(bytes.prefix(count)).span.bytes) }
        }
        for more in [" ", "\n", "0", "{}", "\0"] {
            #expect(throws: AnnexError.self) { try Annex(decoding: (bytes + Array(more.utf8)).span.bytes) }
        }
    }

    @Test func onlyCanonicalJSONIsAnAnnex() throws {
        let text = try self.genesisText()
        for other in [
            text.replacing("\"format\":1", with: "\"format\": 1"),
            text.replacing("\"format\":1", with: "\"format\":1.0"),
            text.replacing("\"hello\"", with: "\"h\\u0065llo\""), " " + text,
            // Members in another order.
            text.replacing(
                "\"message\":\"hello\",\"name\":\"example.org/test\"",
                with: "\"name\":\"example.org/test\",\"message\":\"hello\""),
        ] {
            #expect(other != text)
            do {
                _ = try self.decode(other)
                Issue.record("taken: \(other)")
            } catch {
                guard case .json = error as? AnnexError else {
                    Issue.record("\(error)")
                    continue
                }
            }
        }
    }

    @Test func whatIsNoAnnex() {
        #expect(throws: AnnexError.empty) { try self.decode("{}") }
        #expect(throws: AnnexError.invalidField("annex")) { try self.decode("[]") }
        #expect(throws: AnnexError.invalidField("annex")) { try self.decode("null") }
        #expect(throws: AnnexError.invalidField("genesis")) { try self.decode(#"{"genesis":null}"#) }
        #expect(throws: AnnexError.invalidField("submissions")) { try self.decode(#"{"submissions":[]}"#) }
    }

    @Test func unknownFieldsAreRefusedAtEveryDepth() throws {
        let text = try self.genesisText()
        func refused(_ text: String, _ field: String) {
            #expect(throws: AnnexError.unknownField(field)) { try self.decode(text) }
        }
        refused(#"{"future":1}"#, "annex.future")
        refused(String(text.dropLast()) + #","new":1}"#, "annex.new")
        refused(text.replacing("{\"fault_model\"", with: "{\"a\":0,\"fault_model\""), "genesis.a")
        refused(text.replacing("{\"block_bytes\"", with: "{\"a\":0,\"block_bytes\""), "genesis.limits.a")
        refused(text.replacing("{\"key\"", with: "{\"a\":0,\"key\""), "genesis.members.a")
        refused(#"{"submissions":{"a":0,"ids":"","spans":[]}}"#, "submissions.a")
    }
}
