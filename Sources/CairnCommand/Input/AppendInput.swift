import ArgumentParser
import CairnLedger

/// Where `cairn append` takes its records from.
struct AppendInput {
    private enum Source {
        case arguments(ArgumentRecords)
        case stream(RecordReader)
    }

    private final class ArgumentRecords {
        var rest: ArraySlice<Record>
        init(_ records: [Record]) { self.rest = records[...] }
    }

    private let source: Source

    /// Arguments are all checked at once, so that nothing is appended when the last one is bad.
    init(arguments: [String], file: String?) throws {
        if let file {
            self.source = .stream(RecordReader(lines: try LineReader(path: file)))
        } else if arguments == ["-"] {
            self.source = .stream(RecordReader(lines: .standardInput()))
        } else if arguments.isEmpty {
            guard !Terminal.isStandardInput else {
                throw CommandFailure.usage(
                    "there is nothing to append: give JSON values, --file FILE, or pipe NDJSON in")
            }
            self.source = .stream(RecordReader(lines: .standardInput()))
        } else {
            let records = try arguments.enumerated().map { position, text in
                try Record(argument: text, position: position)
            }
            self.source = .arguments(ArgumentRecords(records))
        }
    }

    /// Whether it comes piece by piece.
    var isStream: Bool {
        if case .stream = self.source { true } else { false }
    }

    /// Nil when it isn't known.
    var byteCount: UInt64? {
        if case .stream(let reader) = self.source { reader.lines.byteCount } else { nil }
    }

    var bytesRead: UInt64 {
        if case .stream(let reader) = self.source { reader.lines.bytesRead } else { 0 }
    }

    func next() throws(CommandFailure) -> Record? {
        switch self.source {
        case .arguments(let records): records.rest.popFirst()
        case .stream(let reader): try reader.next()
        }
    }
}
