import CairnLedger
import CairnLock
package import Dispatch
import Foundation
import Logging

/// Log lines on their way to whoever reads them: who logs never waits for that.
///
/// A thread of its own writes. While it stands still, since a pipe is full and nobody reads it, lines wait, up to a bound; from
/// then on they are counted and left out, and a line says how many as soon as writing goes on.
package final class LogQueue: Sendable {
    /// What may wait: some thousand lines.
    package static let bytesMax = 1 << 20

    private struct State {
        /// Not handed to the writer yet.
        var lines: [String] = []
        /// Of those, and of what is being written.
        var bytes = 0
        /// Lines that were left out since a line said so.
        var leftOut: UInt64 = 0
        /// Whether the last line could not be written.
        var hasFailed = false
        var isWriting = false
        var flushes: [DispatchSemaphore] = []
    }

    private let format: LogFormat
    private let queue = DispatchQueue(label: "cairn.log-lines")
    /// Writes a text, however long that takes. Returns whether it could.
    private let write: @Sendable (String) -> Bool
    private let state = Lock(State())

    package init(format: LogFormat, write: @escaping @Sendable (String) -> Bool) {
        self.format = format
        self.write = write
    }

    package func add(_ line: String) {
        let begins = self.state.withLock { state in
            guard state.bytes + line.utf8.count <= Self.bytesMax else {
                state.leftOut += 1
                return false
            }
            state.lines.append(line)
            state.bytes += line.utf8.count
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { self.queue.async { self.writeAll() } }
    }

    /// Waits until all lines are written, but not for long: nobody may be reading them.
    ///
    /// - Returns: whether they are.
    @discardableResult
    package func flush(within time: DispatchTimeInterval) -> Bool {
        let end = DispatchSemaphore(value: 0)
        let waits = self.state.withLock { state in
            if state.isWriting { state.flushes.append(end) }
            return state.isWriting
        }
        return !waits || end.wait(timeout: .now() + time) == .success
    }

    private func writeAll() {
        while let lines = self.take() {
            // A line at a time, as readers of a pipe expect it.
            for line in lines {
                let isWritten = self.write(line)
                self.state.withLock { state in
                    state.bytes -= line.utf8.count
                    state.hasFailed = !isWritten
                    if !isWritten { state.leftOut += 1 }
                }
            }
            self.tellLeftOut()
        }
    }

    /// Nil when there is nothing to write, or nobody takes it.
    private func take() -> [String]? {
        let (lines, flushes) = self.state.withLock { state -> ([String]?, [DispatchSemaphore]) in
            if state.lines.isEmpty, state.leftOut == 0 || state.hasFailed {
                state.isWriting = false
                defer { state.flushes = [] }
                return (nil, state.flushes)
            }
            defer { state.lines = [] }
            return (state.lines, [])
        }
        for flush in flushes { flush.signal() }
        return lines
    }

    private func tellLeftOut() {
        let leftOut = self.state.withLock { state -> UInt64 in
            // What came before comes out before.
            guard !state.hasFailed, state.lines.isEmpty else { return 0 }
            defer { state.leftOut = 0 }
            return state.leftOut
        }
        guard leftOut > 0, !self.write(self.line(leftOut: leftOut)) else { return }
        self.state.withLock { state in
            state.leftOut += leftOut
            state.hasFailed = true
        }
    }

    private func line(leftOut: UInt64) -> String {
        let now = Timestamp(microseconds: UInt64(max(0, Date().timeIntervalSince1970) * 1_000_000))
        return LogLine(
            time: now, level: .warning, message: "log lines were left out: nobody read them, or there was no room",
            metadata: ["lines": "\(leftOut)"]
        ).text(self.format) + "\n"
    }
}
