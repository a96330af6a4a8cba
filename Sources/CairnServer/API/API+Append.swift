internal import CairnHash
internal import CairnLedger
internal import CairnNode
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

extension API {
    /// `POST /v1/records`: one record, or a batch that goes into one block in order, or not at all.
    var appendRoute: Route {
        Route(
            .POST, "/v1/records",
            body: .types([
                (.json, HTTPLimits.recordBodyBytesMax), (.ndjson, HTTPLimits.batchBodyBytesMax),
            ]),
            parameters: ["leaf_hashes"]
        ) { request, context throws(Problem) in
            let id = try IdempotencyKey.submissionID(in: request.headers)
            // Also of a single record, whose receipt has its leaf hash in any case.
            let leafHashes = try request.query.flag("leaf_hashes")
            guard request.mediaType == .ndjson else {
                let submission = try Append.submission(record: request.body, id: id)
                return .future(Append.submit(submission, isBatch: false, leafHashes: false, to: self.node, context))
            }
            guard request.body.readableBytes > HTTPLimits.bodyOnLoopBytesMax else {
                let submission = try Append.submission(batch: request.body, id: id)
                return .future(Append.submit(submission, isBatch: true, leafHashes: leafHashes, to: self.node, context))
            }
            return .future(self.appendLarge(request.body, id: id, leafHashes: leafHashes, context))
        }
    }

    /// A large batch takes some 100 ms to read, so it is read beside the event loop.
    private func appendLarge(
        _ body: ByteBuffer, id: SubmissionID?, leafHashes: Bool, _ context: RequestContext
    ) -> EventLoopFuture<Response> {
        let (eventLoop, node) = (context.eventLoop, self.node)
        let loop = NIOLoopBound(context, eventLoop: eventLoop)
        let read = context.readers.runIfActive(eventLoop: eventLoop) { () -> Result<Submission, Problem> in
            do throws(Problem) {
                return .success(try Append.submission(batch: body, id: id))
            } catch {
                return .failure(error)
            }
        }
        return read.flatMap { result in
            switch result {
            case .success(let submission):
                return Append.submit(submission, isBatch: true, leafHashes: leafHashes, to: node, loop.value)
            case .failure(let problem):
                return eventLoop.makeSucceededFuture(problem.response())
            }
        }.recover { _ in Problem(.stopped, "The server is stopping.").response() }
    }
}

/// From a body to a submission, and from a receipt to an answer.
enum Append {
    // MARK: Reading

    static func submission(record body: ByteBuffer, id: SubmissionID?) throws(Problem) -> Submission {
        guard body.readableBytes > 0 else { throw Problem(.emptyBody, "Send one JSON value.") }
        var entries = Entries()
        entries.reserveCapacity(records: 1, bytes: body.readableBytes + 2)
        do {
            try entries.append(json: body.readableBytesSpan)
        } catch {
            throw Problem(error)
        }
        return try self.submission(entries, id)
    }

    /// A JSON text a line (NDJSON); lines end with LF or CRLF, the last one with or without.
    static func submission(batch body: ByteBuffer, id: SubmissionID?) throws(Problem) -> Submission {
        guard body.readableBytes > 0 else { throw Problem(.emptyBody, "Send JSON values, one a line.") }
        var entries = Entries()
        entries.reserveCapacity(
            records: min(Limits.blockRecordsMax, body.readableBytes / 64 + 1), bytes: body.readableBytes)
        let bytes = body.readableBytesSpan
        let view = body.readableBytesView
        var start = view.startIndex
        var line = 0
        while start < view.endIndex {
            line += 1
            let newline = view[start...].firstIndex(of: UInt8(ascii: "\n")) ?? view.endIndex
            var end = newline
            if end > start, view[end - 1] == UInt8(ascii: "\r") { end -= 1 }
            guard end > start else {
                throw Problem(.badJSON, "Line \(line) is empty; each line has to hold one JSON value.").with(
                    "line", line)
            }
            guard line <= Limits.blockRecordsMax else {
                throw Problem(.batchTooLarge, "A batch can have \(Limits.blockRecordsMax) lines at most.")
                    .with("limit", Limits.blockRecordsMax)
            }
            do {
                try entries.append(json: bytes.extracting(start - view.startIndex..<end - view.startIndex))
            } catch {
                throw Problem(error, line: line)
            }
            guard entries.bytes.count <= Submission.entryBytesMax else {
                throw Problem(SubmissionError.tooLarge(bytes: entries.bytes.count, limit: Submission.entryBytesMax))
                    .with("line", line)
            }
            start = newline == view.endIndex ? newline : newline + 1
        }
        return try self.submission(entries, id)
    }

    private static func submission(_ entries: Entries, _ id: SubmissionID?) throws(Problem) -> Submission {
        do {
            return try Submission(id: id, entries: entries)
        } catch {
            throw Problem(error)
        }
    }

    // MARK: Answering

    static func submit(
        _ submission: Submission, isBatch: Bool, leafHashes: Bool, to node: Node, _ context: RequestContext
    ) -> EventLoopFuture<Response> {
        let loop = NIOLoopBound(context.loop, eventLoop: context.eventLoop)
        let hashes = isBatch && !leafHashes ? [] : submission.leafHashes
        return self.submit(submission, to: node, context).map { result in
            switch result {
            case .success(let receipt):
                isBatch
                    ? loop.value.receipts.batch(receipt, leafHashes: leafHashes ? hashes : nil)
                    : loop.value.receipts.single(receipt, leafHash: hashes[0])
            case .failure(let problem):
                problem.response()
            }
        }
    }

    /// Hands records to the node.
    static func submit(
        _ submission: Submission, to node: Node, _ context: RequestContext
    ) -> EventLoopFuture<Result<Receipt, Problem>> {
        let eventLoop = context.eventLoop
        let loop = NIOLoopBound(context.loop, eventLoop: eventLoop)
        let promise = eventLoop.makePromise(of: Result<Receipt, Problem>.self)
        node.submit(submission, client: context.client) { result in
            // The node's writer must go on writing: everything else is the event loop's.
            eventLoop.execute {
                switch result {
                case .success(let receipt):
                    loop.value.countAppended(receipt.isRepeat ? 0 : receipt.count)
                    promise.succeed(.success(receipt))
                case .failure(let error):
                    let problem = Problem(error)
                    loop.value.countRefused(problem.code)
                    promise.succeed(.failure(problem))
                }
            }
        }
        return promise.futureResult
    }
}
