internal import NIOCore
package import NIOHTTP1

/// An error as a client sees it: RFC 9457. What it is, is said by the code alone; the rest is for people.
package struct Problem: Error {
    package var code: Code
    /// What is wrong here, and what to do.
    var detail: String
    /// Extension members (RFC 9457, section 3.2).
    package var members: [Member] = []
    package var headers: [(String, String)] = []

    package struct Member: Sendable {
        package enum Value: Sendable {
            case number(UInt64)
            case text(String)
        }
        package var name: String
        package var value: Value
    }

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package func with(_ name: String, _ number: some BinaryInteger) -> Problem {
        var problem = self
        problem.members.append(Member(name: name, value: .number(UInt64(clamping: number))))
        return problem
    }

    package func with(_ name: String, _ text: String) -> Problem {
        var problem = self
        problem.members.append(Member(name: name, value: .text(text)))
        return problem
    }

    package func with(header name: String, _ value: String) -> Problem {
        var problem = self
        problem.headers.append((name, value))
        return problem
    }

    /// The client does well to try the same again in so many seconds.
    func retry(afterSeconds seconds: Int) -> Problem {
        self.with(header: "retry-after", String(seconds))
    }
}

extension Problem {
    /// Every kind of error. The raw value is the last part of the problem's type, and never changes its meaning.
    package enum Code: String, CaseIterable, Sendable {
        case badHTTP = "bad-http"
        case badTarget = "bad-target"
        case headersTooLarge = "headers-too-large"
        case unknownTransferCoding = "unknown-transfer-coding"
        case badHost = "bad-host"
        case otherOrigin = "other-origin"
        case noSuchRoute = "no-such-route"
        case methodNotAllowed = "method-not-allowed"
        case unsupportedMediaType = "unsupported-media-type"
        case expectationFailed = "expectation-failed"
        case bodyTooLarge = "body-too-large"
        case bodyTooSlow = "body-too-slow"
        case tooBusy = "too-busy"

        case emptyBody = "empty-body"
        case badJSON = "bad-json"
        case badParameter = "bad-parameter"
        case badIdempotencyKey = "bad-idempotency-key"
        case recordTooLarge = "record-too-large"
        case batchTooLarge = "batch-too-large"
        case idReused = "idempotency-key-reused"
        case queueFull = "queue-full"
        case noSpace = "no-space"
        case notFinalInTime = "not-final-in-time"
        case noQuorum = "no-quorum"
        case quorumLost = "quorum-lost"
        case stopped = "stopped"

        case noSuchRecord = "no-such-record"
        case noSuchBlock = "no-such-block"
        case noSuchTree = "no-such-tree"
        case noSuchTile = "no-such-tile"
        case noCheckpoint = "no-checkpoint"
        case indexBehind = "index-behind"
        case behind = "behind"
        case historyNotHereYet = "history-not-here-yet"
        case corruptStore = "corrupt-store"
        case notADemo = "not-a-demo"
        case badChange = "bad-member-change"
        case changeNotSigned = "member-change-not-signed"
        case changeRefused = "member-change-refused"
        case badPeer = "bad-peer"
        case noSuchPeer = "no-such-peer"
        case tooManyPeers = "too-many-peers"
        case noLinks = "no-links"
        case cancelled = "cancelled"

        case badSubmission = "bad-submission"
        case unknownLog = "unknown-log"
        case notSigned = "not-signed"
        case notConsistent = "not-consistent"

        /// A URN, since nothing is to be fetched there.
        package var type: String { "urn:cairn:problem:" + self.rawValue }

        package var status: HTTPResponseStatus { self.description.status }
        package var title: String { self.description.title }

        private var description: (status: HTTPResponseStatus, title: String) {
            switch self {
            case .badHTTP: (.badRequest, "The request is not valid HTTP")
            case .badTarget: (.badRequest, "The request's path or query can't be read")
            case .headersTooLarge: (.requestHeaderFieldsTooLarge, "The request's headers are too large")
            case .unknownTransferCoding: (.notImplemented, "The transfer coding is not known")
            case .badHost: (.misdirectedRequest, "This server doesn't answer for that host")
            case .otherOrigin: (.forbidden, "Web pages of other sites are not served")
            case .noSuchRoute: (.notFound, "There is nothing at this path")
            case .methodNotAllowed: (.methodNotAllowed, "This method doesn't work here")
            case .unsupportedMediaType: (.unsupportedMediaType, "The content type doesn't work here")
            case .expectationFailed: (.expectationFailed, "The expectation can't be met")
            case .bodyTooLarge: (.payloadTooLarge, "The body is too large")
            case .bodyTooSlow: (.requestTimeout, "The request took too long")
            case .tooBusy: (.serviceUnavailable, "The server is too busy")
            case .emptyBody: (.badRequest, "The body is empty")
            case .badJSON: (.badRequest, "The JSON text can't be a record")
            case .badParameter: (.badRequest, "A parameter is not right")
            case .badIdempotencyKey: (.badRequest, "The idempotency key is not right")
            case .recordTooLarge: (.payloadTooLarge, "The record is too large")
            case .batchTooLarge: (.payloadTooLarge, "The batch doesn't fit one block")
            case .idReused: (.unprocessableEntity, "The idempotency key belongs to other records")
            case .queueFull: (.serviceUnavailable, "Too many records wait to be written")
            case .noSpace: (.insufficientStorage, "The disk is full")
            case .notFinalInTime: (.gatewayTimeout, "The members have not agreed in time")
            case .noQuorum: (.serviceUnavailable, "Too few members are there")
            case .quorumLost: (.serviceUnavailable, "Too few members are there to make it final now")
            case .stopped: (.serviceUnavailable, "The node takes no more records")
            case .noSuchRecord: (.notFound, "There is no such record")
            case .noSuchBlock: (.notFound, "There is no such block")
            case .noSuchTree: (.notFound, "The ledger has no such tree size")
            case .noSuchTile: (.notFound, "There is no such tile")
            case .noCheckpoint: (.serviceUnavailable, "There is no checkpoint yet")
            case .indexBehind: (.serviceUnavailable, "The index is being built")
            case .corruptStore: (.internalServerError, "The disk doesn't hold what was written")
            case .notADemo: (.forbidden, "Only a demonstration ledger can be tampered with")
            case .historyNotHereYet: (.serviceUnavailable, "This part of the ledger has not come yet")
            case .behind: (.gatewayTimeout, "This node's ledger is not that far yet")
            case .badChange: (.badRequest, "The change of members can't be read")
            case .changeNotSigned: (.forbidden, "The change of members isn't signed by all who have to")
            case .changeRefused: (.conflict, "The change of members doesn't fit the present members")
            case .badPeer: (.badRequest, "The address is none of a node's links")
            case .noSuchPeer: (.notFound, "The node looks for nobody at this address")
            case .tooManyPeers: (.serviceUnavailable, "The node looks at as many addresses as it can")
            case .noLinks: (.conflict, "The node has no links to others")
            case .cancelled: (.serviceUnavailable, "The work was given up")
            case .badSubmission: (.badRequest, "The submission can't be read")
            case .unknownLog: (.notFound, "This witness doesn't know the log")
            case .notSigned: (.forbidden, "The checkpoint isn't signed by the log")
            case .notConsistent: (.unprocessableEntity, "The checkpoint isn't consistent with what was cosigned")
            }
        }
    }
}

extension Problem {
    /// `application/problem+json` (RFC 9457, section 3).
    package func response() -> Response {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.field("type", self.code.type)
            json.field("title", self.code.title)
            json.field("status", UInt64(self.code.status.code))
            json.field("detail", self.detail)
            for member in self.members {
                json.name(member.name)
                switch member.value {
                case .number(let number): json.value(number)
                case .text(let text): json.value(text)
                }
            }
        }
        var response = Response(self.code.status, contentType: "application/problem+json", body: json.buffer)
        response.headers = self.headers
        return response
    }
}
