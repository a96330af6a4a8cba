import CairnLedger
import Foundation
package import Logging

/// Makes one line of each event.
package struct LineLogHandler: LogHandler {
    package var format: LogFormat
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let write: @Sendable (String) -> Void

    package init(
        format: LogFormat, level: Logger.Level, write: @escaping @Sendable (String) -> Void
    ) {
        self.format = format
        self.logLevel = level
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var metadata = self.metadata
        if let provided = self.metadataProvider?.get() { metadata.merge(provided) { $1 } }
        if let own = event.metadata { metadata.merge(own) { $1 } }
        if let error = event.error, metadata["error"] == nil { metadata["error"] = "\(error)" }
        let now = Timestamp(microseconds: UInt64(max(0, Date().timeIntervalSince1970) * 1_000_000))
        let line = LogLine(time: now, level: event.level, message: event.message.description, metadata: metadata)
        self.write(line.text(self.format) + "\n")
    }
}

extension Logger {
    /// A logger to standard error, whose lines never mix: each is one call to the system. It never waits for who reads them,
    /// and goes on when nobody does any more. `StandardErrorLog.flush` at the program's end.
    package static func standardError(level: Logger.Level, format: LogFormat = .text) -> Logger {
        let queue = StandardErrorLog.begin(format)
        return Logger(label: "cairn") { _ in LineLogHandler(format: format, level: level) { queue.add($0) } }
    }
}
