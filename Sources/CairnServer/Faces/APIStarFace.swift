internal import CairnLedger
internal import CairnNode
internal import CairnStore
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// The chain of "Building a Simple Blockchain with Python and API Star".
///
/// | route | answer |
/// |---|---|
/// | `GET /` | `length`, `chain` (list of blocks) |
/// | `POST /block` | the new block; the body is its data, any JSON under any content type |
/// | `GET /validate` | `valid`, `execution_time` in seconds, and when not valid `failed_block`, a block without its data |
/// | `GET /tamper` | the block that was damaged, without its data |
///
/// A block is `index`, `timestamp` (ISO 8601), `data` (any JSON), `previous_hash`, `hash`. Errors are `message`.
struct APIStarFace: Sendable {
    let node: Node
    let isDemo: Bool
    let validations: ValidationQueue

    static let errors = ErrorForm { problem in
        var response = Response.json(problem.code.status) { $0.field("message", problem.detail) }
        response.headers = problem.headers
        return response
    }

    /// `GET /` is the first.
    func routes(under prefix: String) -> [Route] {
        [
            Route(.GET, prefix.isEmpty ? "/" : prefix, parameters: nil, form: Self.errors) { _, _ throws(Problem) in
                self.chain()
            },
            Route(
                .POST, prefix + "/block", body: .anyType(bytesMax: HTTPLimits.recordBodyBytesMax), parameters: nil,
                form: Self.errors,
                handle: self.addBlock),
            Route(.GET, prefix + "/validate", parameters: nil, form: Self.errors, handle: self.validate),
            Route(.GET, prefix + "/tamper", parameters: nil, form: Self.errors, handle: self.tamper),
        ]
    }

    func chain() -> Answer {
        let head = self.node.head.index
        return .stream(
            contentType: "application/json",
            FaceChain(
                self.node, last: head, beginning: "{\"length\":\(head.rawValue + 1),\"chain\":[", end: "]}",
                write: { Self.write($0, into: &$1) }))
    }

    private static func write(_ block: FaceBlock, into json: inout JSONWriter) {
        json.object { json in
            json.field("index", block.index)
            json.field("timestamp", block.timestamp)
            json.name("data")
            json.raw(block.data)
            json.field("previous_hash", block.previousHash)
            json.field("hash", block.hash)
        }
    }

    @Sendable
    private func addBlock(_ request: Request, _ context: RequestContext) throws(Problem) -> Answer {
        let node = self.node
        let submission = try Append.submission(record: request.body, id: nil)
        let (eventLoop, readers) = (context.eventLoop, context.readers)
        // What is shown is the block as it was written, with what others put into it at the same time.
        let written = Append.submit(submission, to: node, context)
        return .future(
            written.flatMap { result in
                let made: EventLoopFuture<Response> = readers.runIfActive(eventLoop: eventLoop) {
                    do throws(Problem) {
                        let receipt = try result.get()
                        var json = JSONWriter(capacity: 1_024)
                        Self.write(try FaceBlock(receipt.block.index, in: node), into: &json)
                        return .json(.ok, json)
                    } catch {
                        return Self.errors.response(error)
                    }
                }
                return made
            }.recover { _ in Self.errors.response(Problem(.stopped, "The server is stopping.")) })
    }

    @Sendable
    private func validate(_ request: Request, _ context: RequestContext) throws(Problem) -> Answer {
        let node = self.node
        return try self.validations.run(node, ValidationOptions(), context) { report in
            .json { json in
                json.field("valid", report.isValid)
                json.name("execution_time")
                json.value(report.seconds)
                guard let failure = report.failure else { return }
                json.name("failed_block")
                if let index = failure.block { Self.writeDamaged(index, in: node, into: &json) } else { json.null() }
            }
        }
    }

    @Sendable
    private func tamper(_ request: Request, _ context: RequestContext) throws(Problem) -> Answer {
        guard self.isDemo else { throw Problem.notADemo }
        let node = self.node
        return .blocking { () throws(Problem) in
            let index = try reading { () throws(ReadError) in try node.tamper() }
            var json = JSONWriter(capacity: 1_024)
            Self.writeDamaged(index, in: node, into: &json)
            return .json(.ok, json)
        }
    }

    /// Of a damaged block only what its header says is told, or what its neighbours say of it: its data isn't the ledger's.
    private static func writeDamaged(_ index: BlockIndex, in node: Node, into json: inout JSONWriter) {
        let header = try? node.header(of: index)
        let before = header?.previousHash ?? index.previous().flatMap { try? node.header(of: $0).hash }
        let after = header?.hash ?? (try? node.header(of: index.next()).previousHash)
        json.object { json in
            json.field("index", index)
            if let header { json.field("timestamp", header.timestamp) } else { json.nullField("timestamp") }
            json.nullField("data")
            if let before { json.field("previous_hash", before) } else { json.nullField("previous_hash") }
            if let after { json.field("hash", after) } else { json.nullField("hash") }
        }
    }
}
