internal import CairnNode
internal import CairnStore
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Validations, one at a time: each reads the whole ledger as fast as the disk gives it.
final class ValidationQueue: Sendable {
    private let thread: NIOThreadPool
    private let waiting = Atomic(0)
    private let all = Cancellation()

    init() {
        self.thread = NIOThreadPool(numberOfThreads: 1)
        self.thread.start()
    }

    /// - Returns: the report's answer as `answer` makes it, on the queue's thread.
    /// - Throws: 503 when too many wait already.
    func run(
        _ node: Node, _ options: ValidationOptions, _ context: RequestContext,
        answer: @escaping @Sendable (ValidationReport) -> Response
    ) throws(Problem) -> Answer {
        let waiting = self.waiting.wrappingAdd(1, ordering: .relaxed).newValue
        // One of them is at work.
        guard waiting <= 1 + HTTPLimits.waitingValidationsMax else {
            self.waiting.wrappingSubtract(1, ordering: .relaxed)
            throw Problem(.tooBusy, "\(waiting - 1) validations are at work or wait already.").retry(afterSeconds: 10)
        }
        let (client, all) = (context.cancellation, self.all)
        let future: EventLoopFuture<Response> = self.thread.runIfActive(eventLoop: context.eventLoop) {
            defer { self.waiting.wrappingSubtract(1, ordering: .relaxed) }
            var report: ValidationReport?
            if !client.isCancelled && !all.isCancelled {
                report = node.validate(options) { _ in !client.isCancelled && !all.isCancelled }
            }
            guard let report, !report.wasCancelled else {
                return Problem(.cancelled, "The server is stopping.").response()
            }
            return answer(report)
        }
        return .future(
            future.recover { _ in Problem(.cancelled, "The server is stopping.").response() })
    }

    func cancelAll() { self.all.cancel() }

    func shutdown() async throws { try await self.thread.shutdownGracefully() }
}
