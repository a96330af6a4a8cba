package import CairnLedger
package import Logging

/// One log event as one line: whatever the values hold, there is no second line and no control character in it.
package struct LogLine {
    package var time: Timestamp
    package var level: Logger.Level
    package var message: String
    /// By name.
    var fields: [(name: String, value: String)]

    package init(time: Timestamp, level: Logger.Level, message: String, metadata: Logger.Metadata) {
        self.time = time
        self.level = level
        self.message = message
        self.fields = metadata.map { ($0.key, "\($0.value)") }.sorted { $0.name < $1.name }
    }

    package func text(_ format: LogFormat) -> String {
        switch format {
        case .text: self.plainText
        case .json: self.jsonText
        }
    }

    /// RFC 3339 with milliseconds, which is what a log needs.
    private var timeText: String { self.time.description.prefix(23) + "Z" }

    private var plainText: String {
        let fields = self.fields
            .map { " \($0.name.withoutControlCharacters)=\(Self.quotedIfNeeded($0.value))" }.joined()
        return "\(self.timeText) \(self.level) \(self.message.withoutControlCharacters)\(fields)"
    }

    private static func quotedIfNeeded(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.unicodeScalars.allSatisfy { $0 > " " && $0 != "\"" && $0 != "=" }
        guard !isPlain else { return value.withoutControlCharacters }
        return String(decoding: JSONValue.string(value).bytes, as: UTF8.self).withoutControlCharacters
    }

    private var jsonText: String {
        var object: JSONObject = [:]
        for field in self.fields { object[field.name] = .string(field.value) }
        // Last, so that no field can stand for them.
        object["level"] = .string(self.level.rawValue)
        object["message"] = .string(self.message)
        object["time"] = .string(self.timeText)
        // JSON leaves C1 and line separators as they are.
        return String(decoding: JSONValue.object(object).bytes, as: UTF8.self).withoutControlCharacters
    }
}
