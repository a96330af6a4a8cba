import CairnHash
import CairnLedger
import Testing

/// What a change of settings says, and what this version makes of one that says more.
struct EpochSettingsTests {
    private static let text =
        #"{"agreement":"simplex-1","limits":{"block_bytes":4194304,"block_records":8192,"record_bytes":65535,"#
        + #""submission_window":7}}"#

    private let before: ChainState
    private let change: MemberChange

    init() throws {
        self.before = try Samples.chain()
        self.change = Samples.change(
            to: self.before.members, settings: EpochSettings(submissionWindow: 7), from: self.before.members, epoch: 0,
            chain: self.before.chain, signers: [1], joining: [])
    }

    @Test func theyAreReadAsTheyAreWritten() throws {
        let settings = try #require(EpochSettings(submissionWindow: 7))
        #expect(String(decoding: settings.canonicalBytes, as: UTF8.self) == Self.text)
        let annex = Annex(change: self.change)
        #expect(try Annex(decoding: annex.encoded().span.bytes) == annex)
        #expect(String(decoding: annex.encoded(), as: UTF8.self).contains(#""settings":"# + Self.text))
        #expect(Annex.holdsChange(annex.encoded()))
        for size: UInt64 in [0, 1 << 32 + 1] { #expect(EpochSettings(submissionWindow: size) == nil) }
        #expect(EpochSettings(submissionWindow: Limits.submissionWindowDefault) == EpochSettings())
        let genesis = try Samples.settings()
        #expect(EpochSettings(genesis).submissionWindow == 1_000)
    }

    /// What a later version may write, and where this one says that it is too old.
    static let newer: [(part: String, other: String, named: String)] = [
        (#""simplex-1""#, #""simplex-3""#, #"settings.agreement "simplex-3""#),
        (#""simplex-1""#, "1", "settings.agreement 1"),
        (#""agreement":"simplex-1","#, "", #"settings without "settings.agreement""#),
        ("4194304", "8388608", "settings.limits.block_bytes 8388608"),
        ("8192", "8193", "settings.limits.block_records 8193"),
        ("65535", "65536", "settings.limits.record_bytes 65536"),
        (#""submission_window":7"#, #""submission_window":0"#, "settings.limits.submission_window 0"),
        (#""submission_window":7"#, #""submission_window":4294967297"#, "settings.limits.submission_window 4294967297"),
        (#","submission_window":7"#, "", #"settings without "settings.limits.submission_window""#),
        (#""submission_window":7"#, #""submission_window":7,"tree":2"#, "settings.limits.tree 2"),
        (#"},"signatures""#, #","rules":["keys"]},"signatures""#, #"settings.rules ["keys"]"#),
        (#""format":2"#, #""format":3"#, "format 3"),
    ]

    @Test(arguments: newer)
    func unknownSettingsAreOfANewerVersion(part: String, other: String, named: String) throws {
        let text = String(decoding: Annex(change: self.change).encoded(), as: UTF8.self)
        let bytes = Array(text.replacing(part, with: other, maxReplacements: 1).utf8)
        #expect(throws: AnnexError.unknownSettings(named)) { try Annex(decoding: bytes.span.bytes) }
        let error = AnnexError.unknownSettings(named)
        #expect(error.isOfNewerVersion)
        let reason = "which this program doesn't know: it needs a newer version of Cairn"
        #expect("\(error)" == "it changes the settings to \(named), \(reason)")

        // A block with them is none that this version could vote for, and is not called invalid.
        var block = self.before.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil, change: self.change,
            proposer: Samples.key(1).publicKey, now: Samples.start
        ).block
        block.annexBytes = bytes
        block.header.annexHash = Digest(hashing: bytes)
        var state = self.before
        #expect(throws: BlockError.annex(error)) { try state.apply(block, leafHashes: []) }
        #expect("\(BlockError.annex(error))" == "\(error)" && BlockError.annex(error).isOfNewerVersion)
        #expect(state.summary == self.before.summary)
    }

    /// A value may be as long as a block.
    @Test func whatIsSaidOfThemIsShort() throws {
        let text = String(decoding: Annex(change: self.change).encoded(), as: UTF8.self)
        let bytes = Array(text.replacing("simplex-1", with: String(repeating: "é", count: 100_000)).utf8)
        let error = try #require(throws: AnnexError.self) { try Annex(decoding: bytes.span.bytes) }
        #expect("\(error)".utf8.count < 300)
        let name = #""settings":{""# + String(repeating: "a", count: 100_000) + #"":0,"#
        let named = Array(text.replacing(#""settings":{"#, with: name).utf8)
        let other = try #require(throws: AnnexError.self) { try Annex(decoding: named.span.bytes) }
        #expect(other.isOfNewerVersion && "\(other)".utf8.count < 300)
    }

    /// Nor does it take whoever reads it for more than text: in a log, on a terminal.
    @Test func whatIsSaidOfThemIsALine() throws {
        let text = String(decoding: Annex(change: self.change).encoded(), as: UTF8.self)
        let name = #"\n\u001b[2J"# + "\u{202E}e" + String(repeating: "\u{301}", count: 100_000)
        for (part, other) in [
            (#""settings":{"#, #""settings":{""# + name + #"":0,"#),
            (#""change":{"#, #""change":{""# + name + #"":0,"#),
            (#""simplex-1""#, "\"e\u{301}\u{7F}\u{202E}\""),
        ] {
            let bytes = Array(text.replacing(part, with: other).utf8)
            let error = try #require(throws: AnnexError.self) { try Annex(decoding: bytes.span.bytes) }
            let said = "\(error)".utf8
            #expect(said.count < 300 && said.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(error.isOfNewerVersion == !part.contains("change"))
        }
    }

    /// Where nothing newer can be meant, it is a fault as any other.
    @Test func otherFaultsStayFaults() {
        let text = String(decoding: Annex(change: self.change).encoded(), as: UTF8.self)
        for (part, other, error) in [
            (#""format":2,"#, "", AnnexError.unknownField("change.settings")),
            (#""format":2"#, #""format":1"#, .invalidField("change.format")),
            (#""fault_model""#, #""extra":0,"fault_model""#, .unknownField("change.extra")),
            (#","settings":"# + Self.text, "", .missingField("change.settings")),
        ] {
            let changed = text.replacing(part, with: other)
            #expect(changed != text)
            #expect(throws: error) { try Annex(decoding: Array(changed.utf8).span.bytes) }
            #expect(!error.isOfNewerVersion)
        }
    }
}
