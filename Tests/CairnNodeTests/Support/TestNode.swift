import CairnLedger
import CairnNode
import CairnStore
import Foundation
import Logging

/// Nodes on disks of a test's choice, without an index and without a word in the log.
enum TestNode {
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Small: a disk in memory holds the room, too.
    static let journalRoomBytes: UInt64 = 1 << 16

    static func create(on disk: any Disk, submissionWindow: UInt64 = 1 << 20) throws {
        _ = try Node.create(
            on: disk, dataDirectory: "memory", name: "test", message: "", submissionWindow: submissionWindow)
    }

    static func open(
        on disk: any Disk, logger: Logger = TestNode.logger, _ change: (inout Node.Configuration) -> Void = { _ in }
    ) throws -> Node {
        var configuration = Node.Configuration(dataDirectory: "memory")
        configuration.isIndexed = false
        change(&configuration)
        return try Node.open(configuration, on: disk, journalRoomBytes: Self.journalRoomBytes, logger: logger)
    }

    static func submission(_ records: [String], id: UInt8? = nil) throws -> Submission {
        var entries = Entries()
        for record in records { entries.append(try Record(json: record)) }
        return try Submission(
            id: id.map { SubmissionID(client: Array("client".utf8), idempotencyKey: [$0]) }, entries: entries)
    }
}

extension Node {
    /// Hands records in, and returns at once: the answer is collected.
    func submit(_ records: [String], id: UInt8? = nil, to answers: Answers) throws {
        let submission = try TestNode.submission(records, id: id)
        let place = answers.begin()
        self.submit(submission) { answers.end(place, $0) }
    }

    func submit(_ records: [String], id: UInt8? = nil) async throws -> Receipt {
        try await self.submit(try TestNode.submission(records, id: id))
    }
}
