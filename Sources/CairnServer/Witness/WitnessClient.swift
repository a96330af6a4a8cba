internal import AsyncHTTPClient
internal import CairnHash
internal import CairnLedger
internal import CairnNode
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Submits checkpoints to one witness (C2SP tlog-witness, section "add-checkpoint").
struct WitnessClient: Sendable {
    /// Sizes that the witness may answer with before it is taken for broken: somebody else may submit meanwhile.
    private static let attemptsMax = 3
    private static let answerBytesMax = 64 << 10
    /// What is repeated in a log line of what a witness said.
    private static let saidBytesMax = 200

    let address: WitnessAddress
    let http: HTTPClient
    let node: Node

    /// - Parameter known: the size that the witness cosigned last, as far as is known.
    /// - Returns: the cosignature, which was checked.
    func submit(
        _ checkpoint: SignedCheckpoint, known: TreeSize, deadline: NIODeadline
    ) async throws(WitnessFailure) -> NoteSignature {
        var old = known
        for _ in 0..<Self.attemptsMax {
            let request = AddCheckpointRequest(
                oldSize: old, path: try await self.proof(from: old, to: checkpoint.checkpoint.size),
                checkpoint: checkpoint)
            let (status, type, body) = try await self.post(request.bytes, deadline: deadline)
            switch status {
            case .ok:
                return try self.cosignature(in: body, of: checkpoint)
            case .conflict:
                guard type == "text/x.tlog.size", let size = Query.witnessSize(body) else { throw .badConflict }
                guard size <= checkpoint.checkpoint.size else {
                    throw .witnessIsAhead(witness: size, node: checkpoint.checkpoint.size)
                }
                old = size
            default:
                let said = body.readableBytesView.prefix(Self.saidBytesMax)
                throw .refused(status: status.code, said: String(decoding: said, as: UTF8.self))
            }
        }
        throw .badConflict
    }

    private func proof(from old: TreeSize, to size: TreeSize) async throws(WitnessFailure) -> [Digest] {
        guard old > 0, old < size else { return [] }
        let node = self.node
        do {
            return try await NIOThreadPool.singleton.runIfActive {
                try node.consistencyProof(from: old, to: size).path
            }
        } catch {
            throw .noProof("\(error)")
        }
    }

    private func post(
        _ bytes: [UInt8], deadline: NIODeadline
    ) async throws(WitnessFailure) -> (HTTPResponseStatus, String?, ByteBuffer) {
        var request = HTTPClientRequest(url: self.address.url + "/add-checkpoint")
        request.method = .POST
        request.headers.add(name: "user-agent", value: "cairn/\(Node.version)")
        request.body = .bytes(ByteBuffer(bytes: bytes))
        do {
            let response = try await self.http.execute(request, deadline: deadline)
            let body = try await response.body.collect(upTo: Self.answerBytesMax)
            return (response.status, response.headers.first(name: "content-type"), body)
        } catch {
            throw .unreachable("\(error)")
        }
    }

    /// Lines of other keys are ignored.
    private func cosignature(
        in body: ByteBuffer, of checkpoint: SignedCheckpoint
    ) throws(WitnessFailure) -> NoteSignature {
        do throws(NoteError) {
            let answer = try SignedNote(parsing: checkpoint.note.text + [UInt8(ascii: "\n")] + body.readableBytesView)
            _ = try answer.verify(by: [self.address.key])
            guard
                let line = answer.signatures.first(where: {
                    $0.name == self.address.key.name && $0.keyID == self.address.key.id
                })
            else { throw .noKnownKey }
            return line
        } catch {
            throw .badAnswer(error)
        }
    }
}

extension Query {
    /// A tree size in decimal and a newline.
    fileprivate static func witnessSize(_ body: ByteBuffer) -> TreeSize? {
        var text = Substring(String(buffer: body))
        guard text.popLast() == "\n" else { return nil }
        return (try? self.number(String(text), name: "size")).map(TreeSize.init(rawValue:))
    }
}

/// Why a witness did not cosign.
enum WitnessFailure: Error, Hashable, Sendable {
    case unreachable(String)
    case refused(status: UInt, said: String)
    /// It doesn't say which size it saw last, or another one each time.
    case badConflict
    /// It cosigned a larger tree of this ledger than there is: the data directory is an old copy, or the key is used twice.
    case witnessIsAhead(witness: TreeSize, node: TreeSize)
    case badAnswer(NoteError)
    case noProof(String)
    /// The checkpoint was published without its cosignature.
    case late
}

extension WitnessFailure: CustomStringConvertible {
    var description: String {
        switch self {
        case .unreachable(let reason): "no answer: \(reason)"
        case .refused(let status, let said): "HTTP \(status): \(said)"
        case .badConflict: "it answers with conflicts that lead nowhere"
        case .witnessIsAhead(let witness, let node):
            "it has cosigned \(witness) records of this ledger, which has \(node): is the data directory an old copy?"
        case .badAnswer(let error): "its cosignature is not good: \(error)"
        case .noProof(let reason): "there is no proof to send: \(reason)"
        case .late: "it answers too late"
        }
    }
}
