import CairnLedger
import CairnNode
import CairnStore
import Foundation
import Testing

@Suite("A node's life")
struct LifeTests {
    private let folder: TemporaryFolder
    private var path: String { self.folder.path + "/data" }

    init() throws {
        self.folder = try TemporaryFolder()
    }

    private func open() throws -> Node {
        try Node.open(Node.Configuration(dataDirectory: self.path), logger: TestNode.logger)
    }

    /// The error that opening ends with.
    private func openingError() -> StoreError? {
        do throws(NodeError) {
            _ = try Node.open(Node.Configuration(dataDirectory: self.path), logger: TestNode.logger)
            return nil
        } catch {
            guard case .store(let error) = error else { return nil }
            return error
        }
    }

    @Test("a ledger is founded once, and found again")
    func founding() async throws {
        let chain = try Node.create(dataDirectory: self.path, name: "orders", message: "hello")
        #expect(throws: NodeError.self) {
            try Node.create(dataDirectory: self.path, name: "orders", message: "hello")
        }
        var node = try self.open()
        #expect(node.chain == chain)
        #expect(node.genesisSettings.name == "orders")
        #expect(node.genesisSettings.message == "hello")
        #expect(node.head.index == 0)
        #expect(node.status.headHash == chain)
        #expect(node.status.notReady == nil)
        _ = try await node.submit(["{\"b\":1,\"a\":2}"])
        await node.shutdown()
        node = try self.open()
        #expect(node.chain == chain)
        #expect(try node.record(0).record.text == "{\"a\":2,\"b\":1}")
        await node.shutdown()
    }

    @Test("what can't be a name is refused before anything is made")
    func badName() throws {
        #expect(throws: NodeError.self) {
            try Node.create(dataDirectory: self.path, name: "two words", message: "")
        }
        #expect(!FileManager.default.fileExists(atPath: self.path))
    }

    @Test("an empty folder holds no ledger")
    func noLedger() {
        guard case .noLedger = self.openingError() else {
            Issue.record("\(String(describing: self.openingError()))")
            return
        }
    }

    @Test("a second process is told who holds the ledger, until it is shut down")
    func lock() async throws {
        _ = try Node.create(dataDirectory: self.path, name: "t", message: "")
        let node = try self.open()
        let holder = "process \(ProcessInfo.processInfo.processIdentifier)"
        #expect(self.openingError() == .locked(path: self.path + "/lock", by: holder))
        await node.shutdown()
        let next = try self.open()
        await next.shutdown()
    }

    @Test("a damaged or missing key keeps the node from starting; with one that is no member's it only reads")
    func keys() async throws {
        _ = try Node.create(dataDirectory: self.path, name: "t", message: "")
        let disk = RealDisk(root: self.path)
        let key = try KeyFile.read(on: disk)
        let file = self.path + "/" + KeyFile.path
        let good = try Data(contentsOf: URL(fileURLWithPath: file))

        try disk.remove(KeyFile.path)
        guard case .keyMissing = self.openingError() else {
            Issue.record("a missing key was not noticed")
            return
        }
        let other = try KeyFile.readOrCreate(on: disk)
        #expect(other.publicKey != key.publicKey)
        let follower = try self.open()
        #expect(follower.status.role == .follower)
        await #expect(throws: AppendError.noLinks) { try await follower.submit(try TestNode.submission(["1"])) }
        await follower.shutdown()

        try good.write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        guard case .keyIsOpen = self.openingError() else {
            Issue.record("a key that others can read was used")
            return
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        let node = try self.open()
        #expect(node.publicKey == key.publicKey)
        await node.shutdown()
    }
}
