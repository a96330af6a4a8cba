import CairnNode
import CairnServer
import NIOHTTP1
import NIOPosix
import Testing

/// The description and the routing table say the same.
struct OpenAPITests {
    private let document = JSON(parsing: String(decoding: OpenAPIDocument.bytes, as: UTF8.self))

    private func routes() async throws -> [Route] {
        let node = try makeTestNode()
        let state = ServerState(connectionsMax: 1, group: .singletonMultiThreadedEventLoopGroup)
        let application = Application(
            node: node, configuration: ServerConfiguration(), state: state, readers: .singleton,
            validations: ValidationQueue(), logger: quietLogger)
        await node.shutdown()
        return application.router.routes
    }

    private var operations: [(path: String, method: String, operation: JSON)] {
        guard case .object(let paths) = self.document["paths"] else { return [] }
        return paths.flatMap { path, item -> [(String, String, JSON)] in
            guard case .object(let methods) = item else { return [] }
            return methods.map { (path, $0.key.uppercased(), $0.value) }
        }
    }

    @Test func pathsAreThoseOfTheRoutingTable() async throws {
        let described = Set(self.operations.map { "\($0.method) \($0.path)" })
        let routes = try await self.routes()
        let served = Set(routes.map { "\($0.method.rawValue) \($0.pattern)" })
        #expect(described == served)
        #expect(routes.count == served.count)
    }

    @Test func parametersAreThoseOfTheRoutingTable() async throws {
        for route in try await self.routes() {
            let operation = self.document["paths"][route.pattern][route.method.rawValue.lowercased()]
            let parameters = operation["parameters"].array ?? []
            func names(_ place: String) -> [String] {
                parameters.filter { $0["in"].text == place }.compactMap { $0["name"].text }.sorted()
            }
            #expect(names("query") == (route.parameters ?? []).sorted(), "\(route.pattern)")
            let braced = route.pattern.split(separator: "/").filter { $0.hasPrefix("{") }
                .map { String($0.dropFirst().dropLast()) }
            #expect(names("path") == braced.sorted(), "\(route.pattern)")
        }
    }

    @Test("D14: what a route can refuse for the form of a request is described")
    func refusalsAreDescribed() async throws {
        for route in try await self.routes() {
            let operation = self.document["paths"][route.pattern][route.method.rawValue.lowercased()]
            let described = operation["responses"].names ?? []
            var expected: Set<String> = []
            // A parameter that isn't known.
            if route.parameters != nil { expected.insert("400") }
            switch route.body {
            case .none: break
            case .anyType: expected.formUnion(["400", "413", "503"])
            case .types: expected.formUnion(["400", "413", "415", "503"])
            }
            #expect(expected.subtracting(described).isEmpty, "\(route.method) \(route.pattern)")
        }
    }

    @Test func structure() {
        #expect(self.document["openapi"].text == "3.1.0")
        #expect(self.document["info"]["title"].text == "Cairn" && self.document["info"]["version"].text != nil)
        var ids: Set<String> = []
        for (path, method, operation) in self.operations {
            let id = operation["operationId"].text ?? ""
            #expect(ids.insert(id).inserted, "\(method) \(path) has the operationId of another: \(id)")
            #expect(operation["summary"].text != nil, "\(method) \(path)")
            #expect(operation["responses"].names?.isEmpty == false, "\(method) \(path)")
        }
    }

    @Test func referencesLeadSomewhere() {
        func check(_ json: JSON) {
            switch json {
            case .object(let members):
                if let reference = members["$ref"]?.text {
                    let target = reference.split(separator: "/").dropFirst().reduce(self.document) { $0[String($1)] }
                    #expect(target != .missing, "\(reference)")
                }
                for member in members.values { check(member) }
            case .array(let values):
                for value in values { check(value) }
            default: break
            }
        }
        check(self.document)
    }

    /// Every member of an answer is described, and every one that is said to be there is.
    @Test(arguments: [
        ("/v1/records/0", "Record"), ("/v1/records", "RecordPage"), ("/v1/blocks/head?records=true", "Block"),
        ("/v1/blocks", "BlockPage"), ("/v1/records/0/proof", "InclusionProof"),
        ("/v1/consistency?from=1", "ConsistencyProof"),
        ("/v1/validate", "Validation"), ("/v1/node", "Node"), ("/v1/note-keys", "NoteKeys"),
        ("/v1/peers", "Peers"), ("/v1/members", "Members"), ("/v1/records/9", "Problem"),
    ])
    func answersAreAsDescribed(path: String, schema: String) async throws {
        try await withServer { server in
            try await server.append("1")
            let names = try #require(try await server.get(path).json.names)
            let described = self.document["components"]["schemas"][schema]
            let required = Set(described["required"].array?.compactMap(\.text) ?? [])
            #expect(required.isSubset(of: names))
            if schema != "Problem" { #expect(names.isSubset(of: described["properties"].names ?? [])) }
        }
    }

    @Test func eventsAreAsDescribed() async throws {
        try await withServer { server in
            // Long enough that there is progress to report.
            let text = "\"" + String(repeating: "x", count: 60_000) + "\""
            for _ in 0..<2 { try await server.appendBatch(Array(repeating: text, count: 60)) }
            let answer = try await server.get("/v1/validate", headers: [("accept", "text/event-stream")])
            let events = answer.body.split(separator: "\n\n").map { $0.split(separator: "\n") }
            #expect(events.allSatisfy { $0.count == 2 && $0[1].hasPrefix("data: ") })
            #expect(Set(events.dropLast().map { $0[0] }) == ["event: progress"])
            #expect(events.last?[0] == "event: result")
            let schemas = self.document["components"]["schemas"]
            for (event, schema) in [(events.first, "ValidationProgress"), (events.last, "Validation")] {
                let names = JSON(parsing: String(event?[1].dropFirst("data: ".count) ?? "")).names
                #expect(names == schemas[schema]["properties"].names)
            }
        }
    }

    @Test func itIsServed() async throws {
        try await withServer { server in
            let answer = try await server.get("/openapi.json")
            #expect(answer.contentType == "application/json")
            #expect(answer.json == self.document)
        }
    }
}
