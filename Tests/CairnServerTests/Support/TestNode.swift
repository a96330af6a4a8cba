import CairnNode
import Foundation
import Logging

/// A ledger of its own for one test, in a folder that goes with the process.
func makeTestNode(queueRecordsMax: Int = 65_536) throws -> Node {
    let directory = TestFolder.path + "/" + UUID().uuidString
    _ = try Node.create(dataDirectory: directory, name: "test.example/ledger", message: "The first stone")
    var configuration = Node.Configuration(dataDirectory: directory)
    configuration.queueRecordsMax = queueRecordsMax
    return try Node.open(configuration, logger: quietLogger)
}

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// One temporary folder for all tests of a run.
private enum TestFolder {
    static let path: String = {
        let path = FileManager.default.temporaryDirectory.path + "/cairn-server-tests-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: TestFolder.path) }
        return path
    }()
}
