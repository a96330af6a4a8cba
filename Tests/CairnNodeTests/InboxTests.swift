import CairnConsensus
import CairnLedger
import CairnNode
import Testing

struct InboxTests {
    private static func inbox(records: Int = 20) -> Inbox {
        Inbox(capacity: QueueCapacity(records: records, bytes: 800))
    }

    private static func item() throws -> Inbox.Item {
        var entries = Entries()
        entries.append(Record(storedBytes: Array("1".utf8)))
        return Inbox.Item(submission: try Submission(id: nil, entries: entries), client: ClientID(rawValue: 1)) { _ in }
    }

    /// Adds one; whether the writer has to be told.
    private static func add(to inbox: Inbox) throws -> Bool? {
        switch inbox.add(try Self.item()) {
        case .first: true
        case .added: false
        case .refused: nil
        }
    }

    @Test func theWriterIsToldOfTheFirst() throws {
        let inbox = Self.inbox()
        #expect(try (0..<3).map { _ in try Self.add(to: inbox) } == [true, false, false])
        #expect(inbox.takeAll().count == 3)
        #expect(try Self.add(to: inbox) == true)
    }

    @Test func theWriterIsToldOfTheLastThatItWaitsFor() throws {
        let inbox = Self.inbox()
        #expect(!inbox.calls(at: 3))
        _ = try Self.add(to: inbox)
        #expect(inbox.calls(at: 3))
        #expect(try (0..<3).map { _ in try Self.add(to: inbox) } == [false, true, false])
        #expect(!inbox.calls(at: 3))
        // What it waited for before it took them is no longer of interest.
        _ = inbox.calls(at: 6)
        _ = inbox.takeAll()
        #expect(try (0..<7).map { _ in try Self.add(to: inbox) } == [true] + Array(repeating: false, count: 6))
    }

    @Test func whatHasNoRoomIsRefused() throws {
        let inbox = Self.inbox(records: 8)
        #expect(try (0..<9).map { _ in try Self.add(to: inbox) }.last == .some(nil))
        let items = inbox.takeAll()
        #expect(items.count == 8 && inbox.records == 8)
        for item in items { inbox.answered(item) }
        #expect(inbox.records == 0)
        #expect(try Self.add(to: inbox) == true)
        inbox.close()
        #expect(try Self.add(to: inbox) == nil)
    }
}
