import CairnHash
import CairnLedger
import Testing

struct GenesisSettingsTests {
    private func make(
        name: String = "example.org/test", message: String = "", random: [UInt8] = Array(0..<16),
        window: UInt64 = 1
    ) throws -> GenesisSettings {
        try GenesisSettings(
            name: name, message: message, random: random, members: Samples.members(), submissionWindow: window)
    }

    @Test(arguments: ["a", "example.org/stones", "café", "石", String(repeating: "x", count: 255), "a\"\\b", "\u{7F}"])
    func names(name: String) throws {
        let settings = try self.make(name: name)
        let annex = Annex(genesis: settings)
        #expect(try Annex(decoding: annex.encoded().span.bytes) == annex)
    }

    @Test(arguments: [
        "", "two words", "a+b", "a\nb", "a\tb", "\0", "\u{1F}", "a\u{A0}b", "a\u{2028}", "a\u{3000}b", "a\u{85}b",
        String(repeating: "x", count: 256), String(repeating: "é", count: 128),
    ])
    func namesThatCantBe(name: String) {
        #expect(throws: SettingsError.name(name)) { try self.make(name: name) }
    }

    @Test func otherSettingsThatCantBe() throws {
        #expect(throws: Never.self) { try self.make(message: String(repeating: "é", count: 127)) }
        #expect(throws: SettingsError.message(bytes: 256)) {
            try self.make(message: String(repeating: "é", count: 128))
        }
        for count in [0, 15, 17, 32] {
            #expect(throws: SettingsError.random(bytes: count)) {
                try self.make(random: [UInt8](repeating: 0, count: count))
            }
        }
        for window in [0, (1 << 32) + 1, .max] as [UInt64] {
            #expect(throws: SettingsError.submissionWindow(window)) { try self.make(window: window) }
        }
        #expect(throws: Never.self) { try self.make(window: 1 << 32) }
    }

    @Test func theDefaultWindow() throws {
        let settings = try GenesisSettings(
            name: "a", message: "", random: Array(0..<16), members: Samples.members())
        #expect(settings.submissionWindow == 1_048_576)
    }

    /// One field of the JSON changed, and what is said about it.
    @Test(
        arguments: [
            (#""format":1"#, #""format":2"#, .unsupported(field: "genesis.format", found: 2, supported: 1)),
            (#""format":1"#, #""format":"1""#, .invalidField("genesis.format")),
            (#""rule":"vote""#, #""rule":"work""#, .invalidField("genesis.rule")),
            (#","rule":"vote""#, "", .missingField("genesis.rule")),
            (#""fault_model":"majority""#, #""fault_model":"both""#, .invalidField("genesis.fault_model")),
            (
                #""block_bytes":4194304"#, #""block_bytes":4194305"#,
                .unsupported(field: "genesis.limits.block_bytes", found: 4_194_305, supported: 4_194_304)
            ),
            (
                #""block_records":8192"#, #""block_records":1"#,
                .unsupported(field: "genesis.limits.block_records", found: 1, supported: 8_192)
            ),
            (
                #""record_bytes":65535"#, #""record_bytes":65536"#,
                .unsupported(field: "genesis.limits.record_bytes", found: 65_536, supported: 65_535)
            ),
            (#""submission_window":1"#, #""submission_window":0"#, .settings(.submissionWindow(0))),
            (#""submission_window":1"#, #""submission_window":1.5"#, .invalidField("genesis.limits.submission_window")),
            (#""name":"example.org/test""#, #""name":"""#, .settings(.name(""))),
            (#""name":"example.org/test""#, #""name":7"#, .invalidField("genesis.name")),
            (#""random":"00"#, #""random":""#, .settings(.random(bytes: 15))),
            (#""random":"00"#, #""random":"0g"#, .invalidField("genesis.random")),
            // The same bytes in another spelling.
            (#"0c0d0e0f""#, #"0C0d0e0f""#, .invalidField("genesis")),
            (#""power":1"#, #""power":0"#, .invalidField("genesis.members")),
            (#""power":1"#, #""power":4294967297"#, .invalidField("genesis.members")),
            (#""power":1"#, #""power":-1"#, .invalidField("genesis.members.power")),
            (#"{"key":""#, #"{"key":"0"#, .invalidField("genesis.members.key")),
        ] as [(String, String, AnnexError)])
    func fieldsThatCantBe(text: String, other: String, error: AnnexError) throws {
        let annex = String(decoding: Annex(genesis: try self.make()).encoded(), as: UTF8.self)
        let changed = annex.replacing(text, with: other)
        #expect(changed != annex)
        #expect(throws: error) { try Annex(decoding: Array(changed.utf8).span.bytes) }
    }

    @Test func membersTwiceOrNone() throws {
        let annex = String(decoding: Annex(genesis: try self.make()).encoded(), as: UTF8.self)
        let start = try #require(annex.firstRange(of: "\"members\":[")).upperBound
        let end = try #require(annex[start...].firstIndex(of: "]"))
        let member = String(annex[start..<end])
        for members in ["", member + "," + member] {
            let changed = annex.replacing("[" + member + "]", with: "[" + members + "]")
            #expect(throws: AnnexError.invalidField("genesis.members")) {
                try Annex(decoding: Array(changed.utf8).span.bytes)
            }
        }
    }
}
