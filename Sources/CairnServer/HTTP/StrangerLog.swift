internal import CairnConsensus
internal import CairnLock
internal import CairnPeers
package import Logging
package import NIOCore

/// Log lines that any client can cause, however many: a few of each kind a minute, and one line that counts the rest.
package final class StrangerLog: Sendable {
    private let logger: Logger
    private let loop: any EventLoop
    private let lines = Lock((budget: LineBudget(linesOfKind: 3), isScheduled: false))

    package init(logger: Logger, loop: any EventLoop) {
        self.logger = logger
        self.loop = loop
    }

    /// - Parameter kind: one of a few words.
    func note(_ kind: String, level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata) {
        let (isTold, isFirst) = self.lines.withLock { lines in
            let isFirst = !lines.isScheduled
            lines.isScheduled = true
            return (lines.budget.take(kind, now: Self.now), isFirst)
        }
        if isFirst { self.loop.scheduleTask(in: .seconds(61)) { self.tellRest() } }
        self.logger.log(level: isTold ? level : .debug, message, metadata: metadata)
    }

    private func tellRest() {
        let summary = self.lines.withLock { lines in
            lines.isScheduled = false
            return lines.budget.takeSummary(now: Self.now)
        }
        guard let summary else { return }
        self.logger.notice(
            "more of the same from clients", metadata: ["count": "\(summary.count)", "what": "\(summary.text)"])
    }

    private static var now: Instant { Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds) }
}
