internal import NIOCore
internal import NIOHTTP1

extension ConnectionHandler {
    func checkSite(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) throws(Problem) {
        if let host = self.checkedHost, head.headers.first(name: "host") == host, head.headers["host"].count == 1 {
            // The same as before.
        } else {
            try self.application.siteGuard.checkHost(head, localAddress: context.localAddress)
            self.checkedHost = head.headers.first(name: "host")
        }
        try self.application.siteGuard.checkTarget(head.uri, localAddress: context.localAddress)
        try self.application.siteGuard.checkOrigin(head)
    }

    func route(_ exchange: inout Exchange) throws(Problem) {
        let head = exchange.head
        if let expectation = head.headers.first(name: "expect"), expectation.lowercased() != "100-continue" {
            throw Problem(.expectationFailed, "\"\(expectation)\" can't be met; only 100-continue can.")
        }
        if head.method == .OPTIONS, head.uri == "*" {
            exchange.refusal = nil
            return
        }
        let target = try RequestTarget(head.uri)
        guard case .match(let match) = try self.application.router.route(head.method, target) else { return }
        exchange.match = match
        if let allowed = match.route.parameters { exchange.query = try target.query(allowed: allowed) }
        (exchange.bodyBytesMax, exchange.mediaType) = try match.route.body.check(head.headers)
    }

    func handle(_ context: ChannelHandlerContext) {
        guard let exchange = self.exchange else { return }
        guard let match = exchange.match else {
            self.answerOptions(exchange.head, context)
            return
        }
        let request = Request(
            method: exchange.head.method, parameters: match.parameters, query: exchange.query,
            headers: exchange.head.headers, mediaType: exchange.mediaType, body: exchange.body ?? ByteBuffer())
        // The route has it now: it must not be kept until the answer.
        self.exchange?.body = nil
        let requestContext = RequestContext(
            eventLoop: context.eventLoop, loop: self.loop, readers: self.application.readers,
            cancellation: exchange.cancellation, client: self.client)
        do throws(Problem) {
            self.carryOut(try match.route.handle(request, requestContext), context)
        } catch {
            self.refuse(error, context)
        }
    }

    private func answerOptions(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        var response = Response(.noContent)
        if let target = try? RequestTarget(head.uri),
            case .options(let allow) = try? self.application.router.route(head.method, target)
        {
            response.headers = [("allow", allow)]
        }
        self.write(response, context)
    }
}

extension ConnectionHandler.Exchange {
    mutating func keep(_ part: ByteBuffer) {
        guard self.body != nil else {
            self.body = part
            return
        }
        self.body?.writeImmutableBuffer(part)
    }
}
