internal import CairnLock
package import CairnStore
package import NIOCore

/// A validation as server-sent events (WHATWG HTML, section 9.2): `progress` some times a second, in the end `result`.
/// A client that reads slowly gets fewer of the former, and always the newest.
package final class ValidationEvents: EventSource {
    /// Between two reports of progress.
    private static let interval = Duration.milliseconds(200)

    private struct State {
        var progress: ByteBuffer?
        var result: ByteBuffer?
        var hasEnded = false
        var reportedAt: Duration?
        var waiter: EventLoopPromise<ByteBuffer?>?

        /// What goes out next, if anything does: nil inside is the end.
        mutating func take() -> ByteBuffer?? {
            if let result {
                self.result = nil
                return .some(result)
            }
            if self.hasEnded { return .some(nil) }
            guard let progress else { return .none }
            self.progress = nil
            return .some(progress)
        }
    }

    private let state = Lock(State())

    package init() {}

    package func next(on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer?> {
        let promise = eventLoop.makePromise(of: ByteBuffer?.self)
        self.change { state in state.waiter = promise }
        return promise.futureResult
    }

    package func report(_ progress: ValidationProgress) {
        self.change { state in
            if let last = state.reportedAt, progress.elapsed - last < Self.interval { return }
            state.reportedAt = progress.elapsed
            state.progress = Self.event("progress", Self.json(progress))
        }
    }

    package func end(_ result: JSONWriter) {
        self.change { state in
            state.result = Self.event("result", result)
            state.hasEnded = true
        }
    }

    /// Ends without a result: the server stops.
    package func breakOff() {
        self.change { $0.hasEnded = true }
    }

    /// Changes the state, and gives whoever waits what there is.
    private func change(_ body: (inout sending State) -> Void) {
        let (waiter, piece): (EventLoopPromise<ByteBuffer?>?, ByteBuffer??) = self.state.withLock { state in
            body(&state)
            guard let waiter = state.waiter, let piece = state.take() else { return (nil, nil) }
            state.waiter = nil
            return (waiter, piece)
        }
        if let waiter, let piece { waiter.succeed(piece) }
    }

    private static func event(_ name: String, _ json: JSONWriter) -> ByteBuffer {
        var event = ByteBuffer(string: "event: \(name)\ndata: ")
        // JSON as it is written here has no line breaks.
        event.writeImmutableBuffer(json.buffer)
        event.writeStaticString("\n\n")
        return event
    }

    private static func json(_ progress: ValidationProgress) -> JSONWriter {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.field("blocks", progress.blocks)
            json.field("records", progress.records)
            json.field("bytes", progress.bytes)
            json.field("bytes_total", progress.bytesTotal)
            json.name("elapsed_time")
            json.value(progress.elapsed / .seconds(1))
            json.name("blocks_per_second")
            json.value(progress.blocksPerSecond)
            json.name("remaining_time")
            if let remaining = progress.remaining { json.value(remaining / .seconds(1)) } else { json.null() }
        }
        return json
    }
}
