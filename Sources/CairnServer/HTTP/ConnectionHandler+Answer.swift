internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

extension ConnectionHandler {
    /// A streamed answer that has begun.
    struct StreamState {
        var source: Source
        var exchangeNumber: UInt64
        var isHead: Bool
        var isChunked: Bool
    }

    enum Source: Sendable {
        case chunks(any ChunkSource)
        case events(any EventSource)
    }

    // MARK: Whole answers

    func carryOut(_ answer: Answer, _ context: ChannelHandlerContext) {
        switch answer {
        case .response(let response):
            self.write(response, context)
        case .future(let future):
            let number = self.exchangeNumber
            let loopBound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
            future.whenSuccess { response in
                let (handler, context) = loopBound.value
                if handler.isCurrent(number) { handler.write(response, context) }
            }
        case .blocking(let work):
            self.read(context, work) { handler, context, result in
                switch result {
                case .success(let response): handler.write(response, context)
                case .failure(let problem): handler.refuse(problem, context)
                }
            }
        case .stream(let contentType, let headers, let source):
            self.beginStream(contentType: contentType, headers, .chunks(source), context)
        case .events(let source):
            self.beginStream(contentType: "text/event-stream", [], .events(source), context)
        case .later(let future):
            self.wait(for: future, context) { handler, context, result in
                switch result {
                case .success(let answer): handler.carryOut(answer, context)
                case .failure(let problem): handler.refuse(problem, context)
                }
            }
        }
    }

    private func isCurrent(_ number: UInt64) -> Bool {
        self.exchange != nil && self.exchangeNumber == number
    }

    /// Does work on a reader's thread, and comes back unless the client has gone meanwhile. Where the work comes upon damage
    /// that other nodes put right within a moment, it is done again then: no thread waits for that.
    private func read<Value: Sendable>(
        _ context: ChannelHandlerContext, _ work: @escaping @Sendable () throws(Problem) -> Value,
        then: @escaping @Sendable (ConnectionHandler, ChannelHandlerContext, Result<Value, Problem>) -> Void
    ) {
        let loop = context.eventLoop
        self.wait(for: self.application.read(on: loop, work), context) { handler, context, result in
            guard case .failure(let problem) = result, problem.code == .corruptStore,
                let repair = handler.application.repair
            else { return then(handler, context, result) }
            let application = handler.application
            let again = loop.makeFutureWithTask { await repair() }.flatMap { application.read(on: loop, work) }
            handler.wait(for: again, context, then: then)
        }
    }

    /// Comes back when something is there, unless the client has gone meanwhile.
    private func wait<Value: Sendable>(
        for done: EventLoopFuture<Result<Value, Problem>>, _ context: ChannelHandlerContext,
        then: @escaping @Sendable (ConnectionHandler, ChannelHandlerContext, Result<Value, Problem>) -> Void
    ) {
        let number = self.exchangeNumber
        let loopBound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        done.whenComplete { result in
            let (handler, context) = loopBound.value
            guard handler.isCurrent(number) else { return }
            switch result {
            case .success(let result): then(handler, context, result)
            // The threads are gone: the server has stopped.
            case .failure: context.close(promise: nil)
            }
        }
    }

    /// Answers with an error, in the form that the route's clients know.
    func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
        if problem.code.status.code >= 500 {
            self.application.strangers.note(
                problem.code.rawValue, level: .warning, "request failed",
                ["uri": "\(self.exchange?.head.uri ?? "")", "error": "\(problem.detail)"])
        }
        let form = self.exchange?.match?.route.form ?? .problem
        self.write(form.response(problem), context)
    }

    func write(_ response: Response, _ context: ChannelHandlerContext) {
        let isHead = self.exchange?.match?.isHead ?? (self.exchange?.head.method == .HEAD)
        var headers = self.commonHeaders(response.contentType, response.headers)
        if response.status.mayHaveResponseBody {
            headers.add(name: "content-length", value: String(response.body.readableBytes))
        }
        let head = HTTPResponseHead(version: .http1_1, status: response.status, headers: headers)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        if !isHead, response.body.readableBytes > 0 {
            context.write(self.wrapOutboundOut(.body(.byteBuffer(response.body))), promise: nil)
        }
        self.finish(response.status, context)
    }

    private func commonHeaders(_ contentType: String?, _ more: [(String, String)]) -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers.reserveCapacity(5 + more.count)
        headers.add(name: "date", value: self.loop.dateHeader())
        if let contentType { headers.add(name: "content-type", value: contentType) }
        headers.add(name: "x-content-type-options", value: "nosniff")
        for (name, value) in more { headers.add(name: name, value: value) }
        if !self.machine.answersKeepAlive {
            headers.add(name: "connection", value: "close")
        } else if self.exchange?.head.version.isBefore11 == true {
            headers.add(name: "connection", value: "keep-alive")
        }
        return headers
    }

    /// Ends the answer, and goes on to what comes next on the connection.
    private func finish(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        self.account(status, context)
        self.endExchange()
        let next = self.machine.responseDone(now: context.eventLoop.now)
        let end = self.wrapOutboundOut(.end(nil))
        switch next {
        case .awaitNext:
            self.endAnswer(context)
        case .linger:
            context.writeAndFlush(end, promise: nil)
            self.armTimer(context)
        case .close:
            let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.writeAndFlush(end).whenComplete { _ in loopBound.value.close(promise: nil) }
            // The client may never take it.
            self.armTimer(context)
        }
    }

    /// The pipelining handler may hand in the next request from within the write, which may be answered from within
    /// that: thousands of requests in one packet must not nest that deep.
    private func endAnswer(_ context: ChannelHandlerContext) {
        guard self.nestedAnswers < 8 else {
            let loopBound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
            context.eventLoop.execute {
                let (handler, context) = loopBound.value
                context.writeAndFlush(handler.wrapOutboundOut(.end(nil)), promise: nil)
            }
            return
        }
        self.nestedAnswers += 1
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        self.nestedAnswers -= 1
    }

    private func account(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        self.loop.count(route: self.exchange?.match?.position ?? -1, status: status.code)
        self.application.logger.debug(
            "request",
            metadata: [
                "method": "\(self.exchange?.head.method.rawValue ?? "-")", "uri": "\(self.exchange?.head.uri ?? "-")",
                "status": "\(status.code)",
                "microseconds":
                    "\(self.exchange.map { (context.eventLoop.now - $0.beganAt).nanoseconds / 1_000 } ?? 0)",
            ])
    }

    // MARK: Streams

    private func beginStream(
        contentType: String, _ headers: [(String, String)], _ source: Source, _ context: ChannelHandlerContext
    ) {
        let isHead = self.exchange?.match?.isHead ?? false
        let isChunked = self.exchange?.head.version.isBefore11 != true
        let stream = StreamState(
            source: source, exchangeNumber: self.exchangeNumber, isHead: isHead, isChunked: isChunked)
        // Without chunks only the connection's end tells the answer's end.
        if !isChunked { self.machine.closeAfterAnswer() }
        self.readChunk(stream, context) { handler, context, stream, chunk in
            var headers = handler.commonHeaders(contentType, headers)
            if isChunked, !isHead { headers.add(name: "transfer-encoding", value: "chunked") }
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
            handler.machine.answerBegins()
            context.write(handler.wrapOutboundOut(.head(head)), promise: nil)
            handler.send(chunk, of: stream, context)
        } failed: { handler, context, problem in
            handler.refuse(problem, context)
        }
    }

    private func readChunk(
        _ stream: StreamState, _ context: ChannelHandlerContext,
        then: @escaping @Sendable (ConnectionHandler, ChannelHandlerContext, StreamState, ByteBuffer?) -> Void,
        failed: @escaping @Sendable (ConnectionHandler, ChannelHandlerContext, Problem) -> Void
    ) {
        let (isHead, isChunked, number) = (stream.isHead, stream.isChunked, stream.exchangeNumber)
        let goOn: @Sendable (ConnectionHandler, ChannelHandlerContext, Result<(Source, ByteBuffer?), Problem>) -> Void =
            {
                handler, context, result in
                switch result {
                case .success(let (source, chunk)):
                    let stream = StreamState(
                        source: source, exchangeNumber: number, isHead: isHead, isChunked: isChunked)
                    then(handler, context, stream, chunk)
                case .failure(let problem):
                    failed(handler, context, problem)
                }
            }
        switch stream.source {
        case .chunks(let source):
            self.read(
                context,
                { () throws(Problem) -> (Source, ByteBuffer?) in
                    var source = source
                    let chunk = try source.next()
                    return (.chunks(source), chunk)
                }, then: goOn)
        case .events(let source):
            let next = source.next(on: context.eventLoop).map {
                Result<_, Problem>.success((Source.events(source), $0))
            }
            self.wait(for: next, context, then: goOn)
        }
    }

    private func send(_ chunk: ByteBuffer?, of stream: StreamState, _ context: ChannelHandlerContext) {
        guard let chunk, !stream.isHead else {
            self.finish(.ok, context)
            return
        }
        context.writeAndFlush(self.wrapOutboundOut(.body(.byteBuffer(chunk))), promise: nil)
        self.waitingStream = stream
        if context.channel.isWritable { self.continueStream(context) } else { self.armTimer(context) }
    }

    private func continueStream(_ context: ChannelHandlerContext) {
        guard let stream = self.waitingStream else { return }
        self.waitingStream = nil
        self.readChunk(stream, context) { handler, context, stream, chunk in
            handler.send(chunk, of: stream, context)
        } failed: { handler, context, problem in
            // The head said 200 already. A connection that breaks off before the last chunk can't be taken for success.
            handler.application.strangers.note(
                "answer broken off", level: .warning, "answer broken off", ["error": "\(problem.detail)"])
            context.close(promise: nil)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.continueStream(context) }
        context.fireChannelWritabilityChanged()
    }
}
