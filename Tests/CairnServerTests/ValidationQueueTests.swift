import CairnLedger
import CairnLock
import CairnNode
import CairnServer
import CairnStore
import Dispatch
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

struct ValidationQueueTests {
    private func context(_ cancellation: Cancellation = Cancellation()) -> RequestContext {
        RequestContext(
            eventLoop: MultiThreadedEventLoopGroup.singleton.any(), loop: LoopState(), readers: .singleton,
            cancellation: cancellation, client: ClientID(rawValue: 0))
    }

    private func status(_ answer: Answer) async throws -> UInt {
        guard case .future(let future) = answer else { return 0 }
        return try await future.get().status.code
    }

    @Test func oneAtATimeAndNotTooManyWaiting() async throws {
        let node = try makeTestNode()
        let queue = ValidationQueue()
        let running = Lock((now: 0, most: 0))
        let gate = DispatchSemaphore(value: 0)
        var answers: [Answer] = []
        for _ in 0...HTTPLimits.waitingValidationsMax {
            answers.append(
                try queue.run(node, ValidationOptions(), self.context()) { _ in
                    running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                    gate.wait()
                    running.withLock { $0.now -= 1 }
                    return Response(.ok)
                })
        }
        do throws(Problem) {
            _ = try queue.run(node, ValidationOptions(), self.context()) { _ in Response(.ok) }
            Issue.record("one too many waits")
        } catch {
            #expect(error.code == .tooBusy)
            #expect(error.headers.contains { $0 == ("retry-after", "10") })
        }
        for _ in answers { gate.signal() }
        for answer in answers { #expect(try await self.status(answer) == 200) }
        #expect(running.withLock { $0.most } == 1)
        // There is room again.
        let again = try queue.run(node, ValidationOptions(), self.context()) { _ in Response(.ok) }
        #expect(try await self.status(again) == 200)
        try await queue.shutdown()
        await node.shutdown()
    }

    @Test func nobodyWaitsForIt() async throws {
        let node = try makeTestNode()
        let queue = ValidationQueue()
        let cancellation = Cancellation()
        cancellation.cancel()
        let answer = try queue.run(node, ValidationOptions(), self.context(cancellation)) { _ in Response(.ok) }
        #expect(try await self.status(answer) == 503)
        try await queue.shutdown()
        await node.shutdown()
    }
}
