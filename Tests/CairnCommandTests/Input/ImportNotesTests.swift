import CairnCommand
import CairnHash
import Testing

struct ImportNotesTests {
    private let plan = ImportPlan(digest: Digest(hashing: [1]), recordCount: 3, byteCount: 6)

    @Test func areOnlyForTheSameRecordsAndTheSameLedger() throws {
        let directory = try TemporaryDirectory()
        let chain = Digest(hashing: [2])
        let notes = ImportNotes(path: directory.file("n"), chain: chain, plan: self.plan)
        #expect(notes.batchesDone() == 0)
        notes.write(batchesDone: 7)
        #expect(notes.batchesDone() == 7)
        #expect(ImportNotes(path: directory.file("n"), chain: .zero, plan: self.plan).batchesDone() == 0)
        let other = ImportPlan(digest: .zero, recordCount: 3, byteCount: 6)
        #expect(ImportNotes(path: directory.file("n"), chain: chain, plan: other).batchesDone() == 0)
        notes.remove()
        #expect(!directory.exists("n"))
    }

    @Test func brokenNotesAreNone() throws {
        let directory = try TemporaryDirectory()
        try directory.write("{", to: "n")
        #expect(ImportNotes(path: directory.file("n"), chain: .zero, plan: self.plan).batchesDone() == 0)
    }

    @Test func aPlanDependsOnTheRecordsOnly() throws {
        let directory = try TemporaryDirectory()
        let plain = try ImportPlan(file: directory.write("1\n{\"a\":2}\n", to: "plain"))
        let spaced = try ImportPlan(file: directory.write(" 1\n\n{ \"a\" : 2.0 }", to: "spaced"))
        #expect(plain.digest == spaced.digest)
        #expect(plain.recordCount == 2)
        #expect(plain.key(ofBatch: 3) == "import-\(plain.digest)-3")
        #expect(IdempotencyKey.isValid(plain.key(ofBatch: .max)))
    }

    @Test func aBadLineIsNamed() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("1\n\nx\n", to: "f")
        let failure = try #require(throws: CommandFailure.self) { try ImportPlan(file: file) }
        #expect(failure.message.hasPrefix("\(file), line 3: "))
    }
}
