internal import CairnHash
internal import CairnLedger
internal import CairnNode
internal import NIOCore
internal import NIOHTTP1

/// The interface of a witness (C2SP tlog-witness, section "HTTP Interface"): submission and monitoring prefix are `/`.
struct WitnessRoutes: Sendable {
    let witness: Witness
    let state: ServerState

    var routes: [Route] {
        let (witness, state) = (self.witness, self.state)
        return [
            Route(
                .POST, "/add-checkpoint", body: .anyType(bytesMax: HTTPLimits.submissionBytesMax)
            ) { request, _ throws(Problem) in
                let submission: AddCheckpointRequest
                do throws(AddCheckpointError) {
                    submission = try AddCheckpointRequest(parsing: request.body.readableBytesView)
                } catch {
                    throw Problem(.badSubmission, "\(error).")
                }
                return .blocking { () throws(Problem) in try Self.add(submission, to: witness) }
            },
            Route(.GET, "/{origin_hash}/checkpoint") { request, _ throws(Problem) in
                let text = request.parameters[0]
                return .blocking { () throws(Problem) in
                    // One spelling only: lower case.
                    guard let hash = Digest(hex: text), hash.description == text,
                        let latest = witness.latest(originHash: hash)
                    else {
                        throw Problem(
                            .unknownLog, "No checkpoint was cosigned of a log whose origin has the SHA-256 \(text).")
                    }
                    var response = Response(
                        .ok, contentType: TileRoutes.textType, body: ByteBuffer(bytes: latest.bytes))
                    response.headers = [("cache-control", "max-age=1")]
                    return response
                }
            },
            Route(.GET, "/healthz") { _, _ throws(Problem) in .response(.json { $0.field("alive", true) }) },
            Route(.GET, "/readyz") { _, _ throws(Problem) in
                let reason = state.isDraining ? "the server is stopping" : witness.notReady
                return .response(
                    .json(reason == nil ? .ok : .serviceUnavailable) { json in
                        json.field("ready", reason == nil)
                        if let reason { json.field("reason", reason) } else { json.nullField("reason") }
                    })
            },
        ]
    }

    private static func add(_ submission: AddCheckpointRequest, to witness: Witness) throws(Problem) -> Response {
        do throws(WitnessError) {
            let cosignature = try witness.add(submission)
            return Response(.ok, contentType: TileRoutes.textType, body: ByteBuffer(bytes: cosignature.line))
        } catch {
            guard case .refused(.conflict(let size)) = error else { throw Problem(error) }
            return Response(
                .conflict, contentType: "text/x.tlog.size", body: ByteBuffer(string: "\(size)\n"))
        }
    }
}

extension Problem {
    /// The statuses are those of tlog-witness.
    fileprivate init(_ error: WitnessError) {
        let code: Code =
            switch error {
            case .refused(.unknownLog): .unknownLog
            case .refused(.notSigned): .notSigned
            case .refused(.oldSizeTooLarge), .refused(.conflict): .badSubmission
            case .refused(.emptyTreeRoot), .refused(.unwantedProof), .refused(.otherRoot), .refused(.notConsistent):
                .notConsistent
            case .store, .key, .stopped: .stopped
            }
        self.init(code, "\(error).")
    }
}
