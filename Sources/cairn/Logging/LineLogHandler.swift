import CairnLedger
import Foundation
import Logging

/// Writes each event as one line to standard error, with one call to the system, so that lines never mix.
struct LineLogHandler: LogHandler {
    var format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    private let write: @Sendable (String) -> Void

    init(
        format: LogFormat, level: Logger.Level, write: @escaping @Sendable (String) -> Void = Terminal.writeError
    ) {
        self.format = format
        self.logLevel = level
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
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
    /// A logger to standard error.
    static func standardError(level: Logger.Level, format: LogFormat = .text) -> Logger {
        Logger(label: "cairn") { _ in LineLogHandler(format: format, level: level) }
    }
}
