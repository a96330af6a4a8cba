import CairnLock
import Dispatch
import Foundation

/// The lines of this process's loggers on their way to standard error.
enum StandardErrorLog {
    private static let queues = Lock([LogQueue]())
    /// How long the program's end waits for who reads the log.
    private static let patience = DispatchTimeInterval.seconds(1)

    static func begin(_ format: LogFormat) -> LogQueue {
        // Who read the log and went away must not take the node along.
        signal(SIGPIPE, SIG_IGN)
        let queue = LogQueue(format: format) { Terminal.writeError($0) }
        self.queues.withLock { $0.append(queue) }
        return queue
    }

    /// Sees the last lines out, and what the program says at its end behind them.
    static func end(saying text: String) {
        let queues = self.queues.withLock { $0 }
        guard let last = queues.last else {
            Terminal.writeError(text)
            return
        }
        if !text.isEmpty { last.add(text) }
        for queue in queues { queue.flush(within: self.patience) }
    }
}
