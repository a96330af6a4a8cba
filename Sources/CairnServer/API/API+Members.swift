internal import CairnHash
package import CairnLedger
internal import CairnNode
internal import CairnPeers
internal import NIOCore
internal import NIOHTTP1

extension API {
    var memberRoutes: [Route] {
        let node = self.node
        return [
            Route(.GET, "/v1/members") { _, _ throws(Problem) in
                .response(.json(capacity: 1_024) { json in Self.writeMembers(of: node, into: &json) })
            },
            // A quorum of the members signed it: nothing else is asked of whoever brings it.
            Route(
                .POST, "/v1/members/changes", body: .types([(.json, HTTPLimits.changeBodyBytesMax)])
            ) { request, context throws(Problem) in
                let change = try Self.change(request.body, present: node.status.members)
                return .future(Self.submit(change, to: node, context.eventLoop))
            },
        ]
    }

    private static func writeMembers(of node: Node, into json: inout JSONWriter) {
        let present = node.status.members
        let members = present.members
        json.field("chain", present.chain)
        json.field("epoch", present.epoch)
        json.field("fault_model", members.faultModel.rawValue)
        json.field("quorum_power", members.quorumPower)
        json.field("total_power", members.members.reduce(0) { $0 + $1.power })
        json.name("settings")
        json.raw(present.settings.canonicalBytes)
        json.name("members")
        let linked = Set(node.peers.filter(\.isLinked).compactMap(\.key))
        json.array { json in
            for member in members.members {
                json.object { json in
                    let isSelf = member.key == node.publicKey
                    json.field("key", member.key.description)
                    json.field("power", member.power)
                    json.field("self", isSelf)
                    json.field("linked", isSelf || linked.contains(member.key))
                }
            }
        }
    }

    private static func change(_ body: ByteBuffer, present: EpochMembers) throws(Problem) -> MemberChange {
        guard body.readableBytes > 0 else {
            throw Problem(.emptyBody, "Send a draft of a change, as `cairn members` writes it.")
        }
        do throws(MemberChangeError) {
            return try MemberChangeDraft(decoding: body.readableBytesSpan).change(present: present)
        } catch {
            throw Problem(error)
        }
    }

    /// Answers when the change is final, or not yet after a while.
    private static func submit(
        _ change: MemberChange, to node: Node, _ eventLoop: any EventLoop
    ) -> EventLoopFuture<Response> {
        let promise = eventLoop.makePromise(of: Response.self)
        let late = eventLoop.scheduleTask(in: HTTPLimits.changeWaitMax) {
            promise.succeed(
                Problem(
                    .notFinalInTime,
                    "The change of members is not final yet, and may still become so: too few members may be there. "
                        + "GET /v1/members shows what became of it."
                ).response())
        }
        Task {
            let result: Result<BlockReference, ChangeError>
            do throws(ChangeError) {
                result = .success(try await node.submit(change))
            } catch {
                result = .failure(error)
            }
            eventLoop.execute {
                // Both are on the event loop: the later one finds the other.
                late.cancel()
                promise.succeed(Self.answer(result, to: change))
            }
        }
        return promise.futureResult
    }

    private static func answer(_ result: Result<BlockReference, ChangeError>, to change: MemberChange) -> Response {
        switch result {
        case .success(let block):
            .json(.created) { json in
                json.field("epoch", change.epoch.next())
                json.field("block_index", block.index)
                json.field("block_hash", block.hash)
                json.field("timestamp", block.timestamp)
            }
        case .failure(let error):
            Problem(error).response()
        }
    }
}

extension Problem {
    package init(_ error: MemberChangeError) {
        let detail = "\(error)."
        switch error {
        case .form, .signaturesOutOfOrder, .unknownMember, .joiningSignatures, .otherMembers, .weakKey:
            self.init(.badChange, detail.capitalizedFirst)
        case .noQuorum, .badSignature, .unknownSigner, .missingSignature:
            self.init(.changeNotSigned, detail.capitalizedFirst)
        case .otherEpoch, .sameMembers, .otherChain, .recoveryOfSeveral, .noRecovery, .keepsLostKey:
            self.init(.changeRefused, detail.capitalizedFirst)
        }
    }

    fileprivate init(_ error: ChangeError) {
        switch error {
        case .invalid(let error): self.init(error)
        case .otherChange: self.init(.changeRefused, "\(error).".capitalizedFirst)
        case .noSpace: self.init(.noSpace, "Nothing was changed: \(error).")
        case .noQuorum(let power): self = Problem(.noQuorum, "Nothing was changed: \(error).").with(power)
        case .quorumLost(let power):
            self = Problem(
                .quorumLost, "\(error). GET /v1/members shows what became of it.".capitalizedFirst
            ).with(power)
        case .stopped: self.init(.stopped, "Nothing was changed: \(error).")
        }
    }
}

extension String {
    var capitalizedFirst: String { self.prefix(1).uppercased() + self.dropFirst() }
}
