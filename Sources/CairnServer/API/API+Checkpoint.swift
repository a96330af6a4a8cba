internal import CairnHash
internal import CairnLedger
internal import CairnNode
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

extension API {
    /// A proof file: c2sp.org/tlog-proof.
    var tlogProofRoute: Route {
        let node = self.node
        return Route(.GET, "/v1/records/{number}/tlog-proof") { request, context throws(Problem) in
            let number = RecordNumber(rawValue: try Query.number(request.parameters[0], name: "number"))
            let size = node.head.treeSize
            guard size.contains(number) else { throw Problem(ReadError.noSuchRecord(number, size: size)) }
            return .future(Self.tlogProof(of: number, node, context))
        }
    }

    /// What `cairn policy` makes a trust policy of.
    var noteKeysRoute: Route {
        let node = self.node
        return Route(.GET, "/v1/note-keys") { _, _ throws(Problem) in
            .response(.json(capacity: 1_024) { json in Self.write(node, into: &json) })
        }
    }

    /// Of a record that was just appended, the proof waits for the next checkpoint.
    private static func tlogProof(
        of number: RecordNumber, _ node: Node, _ context: RequestContext
    ) -> EventLoopFuture<Response> {
        let (eventLoop, readers) = (context.eventLoop, context.readers)
        let promise = eventLoop.makePromise(of: PublishedCheckpoint?.self)
        node.checkpoint(covering: number) { promise.succeed($0) }
        return promise.futureResult.flatMap { checkpoint in
            guard let checkpoint else {
                return eventLoop.makeSucceededFuture(Problem(.stopped, "The node is stopping.").response())
            }
            return readers.runIfActive(eventLoop: eventLoop) {
                do throws(Problem) {
                    let proof = try reading { () throws(ReadError) in try node.proof(of: number, in: checkpoint) }
                    return Response(
                        .ok, contentType: TileRoutes.textType, body: ByteBuffer(bytes: proof.bytes))
                } catch {
                    return error.response()
                }
            }
        }.recover { _ in Problem(.stopped, "The server is stopping.").response() }
    }

    private static func write(_ node: Node, into json: inout JSONWriter) {
        let members = node.status.members
        json.field("origin", node.genesisSettings.name)
        json.field("chain", node.chain)
        json.field("epoch", members.epoch.rawValue)
        json.field("fault_model", members.members.faultModel.rawValue)
        json.name("members")
        json.array { json in
            for member in members.members.members {
                json.object { json in
                    json.field("key", member.key.description)
                    json.field("power", member.power)
                    guard let keys = node.noteKeys.first(where: { $0.member == member.key }) else { return }
                    json.field("log_key", keys.log.description)
                    json.field("cosigner_key", keys.cosigner.description)
                    json.field("signature", Hex.encode(keys.signature.bytes))
                }
            }
        }
    }
}
