import ArgumentParser

/// The form of log lines.
package enum LogFormat: String, CaseIterable, Sendable, ExpressibleByArgument {
    /// `2026-11-21T09:30:00.123Z info message key=value`
    case text
    /// `{"level":"info","message":"…","time":"…","key":"value"}`
    case json
}
