package import CairnNode
package import CairnStore
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Validations, one at a time: each reads the whole ledger as fast as the disk gives it, on all cores.
package final class ValidationQueue: Sendable {
    private let thread: NIOThreadPool
    private let waiting = Atomic(0)
    private let all = Cancellation()

    package init() {
        self.thread = NIOThreadPool(numberOfThreads: 1)
        self.thread.start()
    }

    /// - Returns: the report's answer as `answer` makes it, on the queue's thread.
    /// - Throws: 503 when too many wait already.
    package func run(
        _ node: Node, _ options: ValidationOptions, _ context: RequestContext,
        answer: @escaping @Sendable (ValidationReport) -> Response
    ) throws(Problem) -> Answer {
        let future = try self.start(node, options, context) { _ in
        } answer: { report in
            report.map(answer) ?? Problem.stopping.response()
        }
        return .future(future.recover { _ in Problem.stopping.response() })
    }

    /// - Parameter result: the JSON of a report, made on the queue's thread.
    /// - Returns: events that tell how far the validation is, and in the end its result.
    /// - Throws: 503 when too many wait already.
    package func events(
        _ node: Node, _ options: ValidationOptions, _ context: RequestContext,
        result: @escaping @Sendable (ValidationReport) -> JSONWriter
    ) throws(Problem) -> Answer {
        let events = ValidationEvents()
        let end = try self.start(node, options, context) { progress in
            events.report(progress)
        } answer: { report in
            if let report { events.end(result(report)) } else { events.breakOff() }
        }
        end.whenFailure { _ in events.breakOff() }
        return .events(events)
    }

    /// - Parameter answer: called with nil when nobody wants a report any more.
    private func start<Result: Sendable>(
        _ node: Node, _ options: ValidationOptions, _ context: RequestContext,
        progress: @escaping @Sendable (ValidationProgress) -> Void,
        answer: @escaping @Sendable (ValidationReport?) -> Result
    ) throws(Problem) -> EventLoopFuture<Result> {
        if let progress = node.status.snapshot { throw Problem(ReadError.notHereYet(progress)) }
        let waiting = self.waiting.wrappingAdd(1, ordering: .relaxed).newValue
        // One of them is at work.
        guard waiting <= 1 + HTTPLimits.waitingValidationsMax else {
            self.waiting.wrappingSubtract(1, ordering: .relaxed)
            throw Problem(.tooBusy, "\(waiting - 1) validations are at work or wait already.").retry(afterSeconds: 10)
        }
        let (client, all) = (context.cancellation, self.all)
        return self.thread.runIfActive(eventLoop: context.eventLoop) {
            defer { self.waiting.wrappingSubtract(1, ordering: .relaxed) }
            guard !client.isCancelled, !all.isCancelled else { return answer(nil) }
            let report = node.validate(options) { state in
                progress(state)
                return !client.isCancelled && !all.isCancelled
            }
            return answer(report.wasCancelled ? nil : report)
        }
    }

    func cancelAll() { self.all.cancel() }

    package func shutdown() async throws { try await self.thread.shutdownGracefully() }
}

extension Problem {
    fileprivate static var stopping: Problem { Problem(.cancelled, "The server is stopping.") }
}
