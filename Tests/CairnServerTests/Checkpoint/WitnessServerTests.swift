import AsyncHTTPClient
import CairnHash
import CairnLedger
import CairnNode
import CairnServer
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// A witness behind HTTP, with the statuses of tlog-witness.
struct WitnessServerTests {
    private let tree = MerkleTree((0..<20).map { Digest(hashing: [UInt8($0)]) })
    private let log: NoteSigner

    init() throws {
        self.log = try NoteSigner(name: "example.com/log", kind: .log, privateKey: PrivateKey())
    }

    private func body(from old: Int, to new: Int, root: Digest? = nil, origin: ExactText? = nil) -> String {
        let (old, new) = (TreeSize(old), TreeSize(new))
        let checkpoint = Checkpoint(
            origin: origin ?? self.log.key.name, size: new, root: root ?? self.tree.root(at: new))
        let path = old > 0 && old < new ? self.tree.consistencyProof(from: old, to: new) : []
        let signed = SignedCheckpoint(checkpoint, signatures: [self.log.sign(checkpoint.text, time: 0)])
        return String(
            decoding: AddCheckpointRequest(oldSize: old, path: path, checkpoint: signed).bytes, as: UTF8.self)
    }

    @Test func statuses() async throws {
        try await withWitness(logs: [self.log.key]) { witness, url in
            func add(_ body: String) async throws -> (status: UInt, type: String?, body: String) {
                var request = HTTPClientRequest(url: url + "/add-checkpoint")
                request.method = .POST
                request.body = .bytes(ByteBuffer(string: body))
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
                let bytes = try await response.body.collect(upTo: 1 << 20)
                return (response.status.code, response.headers.first(name: "content-type"), String(buffer: bytes))
            }
            let good = try await add(self.body(from: 0, to: 3))
            #expect(good.status == 200)
            let text = String(
                decoding: Checkpoint(
                    origin: self.log.key.name, size: 3, root: self.tree.root(at: 3)
                ).text, as: UTF8.self)
            let note = try SignedNote(parsing: (text + "\n" + good.body).utf8)
            #expect(try note.verify(by: [witness.key]).count == 1)

            let conflict = try await add(self.body(from: 0, to: 5))
            #expect(conflict == (409, "text/x.tlog.size", "3\n"))
            #expect(try await add(self.body(from: 3, to: 9)).status == 200)
            #expect(try await add(self.body(from: 9, to: 9)).status == 200)
            #expect(try await add(self.body(from: 9, to: 9, root: .zero)).status == 422)
            #expect(try await add(self.body(from: 9, to: 12, root: .zero)).status == 422)
            #expect(try await add(self.body(from: 3, to: 3)).body == "9\n")
            #expect(try await add(self.body(from: 9, to: 3)).status == 400)
            #expect(try await add(self.body(from: 9, to: 12, origin: "example.com/other")).status == 404)
            let forged = self.body(from: 9, to: 12).replacing("\n12\n", with: "\n13\n")
            #expect(try await add(forged).status == 403)
            #expect(try await add("old 9\n").status == 400)
            #expect(try await add("").status == 400)
            #expect(try await add(String(repeating: "x", count: 200 << 10)).status == 413)

            let hash = Digest(hashing: self.log.key.name.bytes)
            let latest = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "\(url)/\(hash)/checkpoint"), timeout: .seconds(30))
            #expect(latest.headers.first(name: "content-type") == "text/plain; charset=utf-8")
            let shown = try SignedCheckpoint(
                parsing: try await latest.body.collect(upTo: 1 << 20).readableBytesView)
            #expect(shown.checkpoint.size == 9)
            #expect(try shown.note.verify(by: [witness.key, self.log.key]).count == 2)
            for path in ["\(Digest.zero)", "\(hash)".uppercased(), "x"] {
                let answer = try await HTTPClient.shared.execute(
                    HTTPClientRequest(url: "\(url)/\(path)/checkpoint"), timeout: .seconds(30))
                #expect(answer.status == .notFound)
            }
        }
    }

    /// A node whose witnesses are one that works and one that isn't there.
    @Test func aNodeWithWitnesses() async throws {
        try await withServer { server in
            let keys = try #require(server.node.noteKeys.first)
            let origin = ExactText(server.node.genesisSettings.name)
            try await withWitness(logs: [try keys.logKey(origin: origin)]) { witness, url in
                let nobody = try NoteKey(name: "nobody", kind: .cosigner, publicKey: PrivateKey().publicKey)
                let clients = WitnessClients(
                    node: server.node,
                    witnesses: [
                        try WitnessAddress("\(url)/=\(witness.key.vkey)"),
                        try WitnessAddress("http://127.0.0.1:1=\(nobody.vkey)"),
                    ], roundSeconds: 600, logger: quietLogger)
                server.node.setWitnesses(clients)
                let running = Task { try await clients.run() }
                for number in 0..<2 {
                    try await server.append("\(number)")
                    let proof = try TLogProof(
                        parsing: try await server.get("/v1/records/\(number)/tlog-proof").body.utf8)
                    let found = try proof.checkpoint.note.verify(by: [witness.key, nobody])
                    #expect(found.map(\.key) == [witness.key])
                }
                running.cancel()
                _ = await running.result
            }
        }
    }

    @Test(arguments: [
        ("https://w.example/", WitnessAddressError.noKey("https://w.example/")), ("ftp://w=x", .badURL("ftp://w")),
        ("=x", .badURL("")), ("http://w:65536=x", .badURL("http://w:65536")), ("http://w?a=x", .badURL("http://w?a")),
        ("http://w=x", .badKey(.notThreeParts)),
        ("http://w=example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", .notACosigner),
    ])
    func whatIsNoWitness(text: String, error: WitnessAddressError) {
        #expect(throws: error) { try WitnessAddress(text) }
    }
}

private func withWitness(
    logs: [NoteKey], _ test: (Witness, String) async throws -> Void
) async throws {
    let directory = FileManager.default.temporaryDirectory.path + "/cairn-witness-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let witness = try Witness.open(
        Witness.Configuration(
            dataDirectory: directory, name: "w.example/1",
            logs: Dictionary(grouping: logs, by: \.name)),
        logger: quietLogger)
    var configuration = ServerConfiguration()
    configuration.port = 0
    configuration.eventLoopThreads = 1
    let server = HTTPServer(witness: witness, configuration: configuration, logger: quietLogger)
    do {
        try await server.start()
        try await test(witness, try #require(server.boundAddress).url)
    } catch {
        await server.stop()
        throw error
    }
    await server.stop()
}
