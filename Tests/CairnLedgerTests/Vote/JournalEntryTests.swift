import CairnHash
import CairnLedger
import Testing

struct JournalEntryTests {
    private static func certificate(_ kind: Vote.Kind) -> Certificate {
        Certificate(
            kind: kind, epoch: 3, view: 9, blockHash: kind == .nullify ? .zero : Samples.digest(2),
            votes: [Certificate.MemberSignature(member: 1, signature: SignedVoteTests.vote(kind).signature)])
    }

    private static func entries() throws -> [JournalEntry] {
        let lie = Equivocation(SignedVoteTests.vote(block: 2), SignedVoteTests.vote(block: 3))
        var entries: [JournalEntry] = [.block(try Samples.genesis()), .equivocation(try #require(lie))]
        for kind in Vote.Kind.allCases {
            let certificate = Self.certificate(kind)
            entries.append(.certificate(certificate))
            entries.append(
                .vote(.init(epoch: 3, view: 9, kind: kind, blockHash: certificate.blockHash)))
        }
        return entries + [.leaderVote(SignedVoteTests.vote(.finalise))]
    }

    private static func encoded(_ entry: JournalEntry) -> [UInt8] {
        var bytes: [UInt8] = []
        entry.encode(into: &bytes)
        return bytes
    }

    @Test func decodingUndoesEncoding() throws {
        for entry in try Self.entries() {
            #expect(try JournalEntry(decoding: Self.encoded(entry).span.bytes) == entry)
        }
    }

    /// What a node wrote has to be read by every later version.
    @Test func theFormatIsFixed() throws {
        let entries = try Self.entries()
        #expect(
            Digest(hashing: entries.prefix(8).flatMap(Self.encoded)).description
                == "bbdf7a006767d1ffd526a27106f1ee4dd8052ea3199c9409ea582a5638a87097")
        // Support votes came with version 0.2.
        let support = entries[10..<12]
        #expect(
            Digest(hashing: (entries[..<10] + entries[12...]).flatMap(Self.encoded)).description
                == "8a9968f4024056ebdda6ea32f64bb24ef54a6744f25aa817ea191ad079a149d4")
        #expect(
            Digest(hashing: support.flatMap(Self.encoded)).description
                == "0bfc5f94b0974266d241ce9d7f7f0026cc2f9ed5fc2c08b42d1b47773db6ee59")
    }

    @Test func cutShortAnywhereOrWithMoreBehind() throws {
        for entry in try Self.entries() {
            let bytes = Self.encoded(entry)
            for count in 0..<bytes.count {
                #expect(throws: JournalEntryError.self) {
                    try JournalEntry(decoding: Array(bytes.prefix(count)).span.bytes)
                }
            }
            #expect(throws: JournalEntryError.self) { try JournalEntry(decoding: (bytes + [0]).span.bytes) }
        }
    }

    @Test func kindsThatAreUnknown() throws {
        for kind in [0, 6, 255] as [UInt8] {
            #expect(throws: JournalEntryError.unknownKind(kind)) {
                try JournalEntry(decoding: [kind, 0, 0].span.bytes)
            }
        }
        for entry in try Self.entries() {
            var bytes = Self.encoded(entry)
            let place: Int
            switch entry {
            case .certificate: place = 1
            case .vote: place = 17
            default: continue
            }
            bytes[place] = 9
            #expect(throws: JournalEntryError.vote(.unknownKind(9))) {
                try JournalEntry(decoding: bytes.span.bytes)
            }
        }
    }
}
