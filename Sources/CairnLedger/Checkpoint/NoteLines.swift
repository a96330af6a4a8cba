/// Lines of a text up to some place, and what stands behind it.
struct NoteLines {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: some Collection<UInt8>) {
        self.bytes = Array(bytes)
    }

    var byteCount: Int { self.bytes.count }

    /// What was not read yet.
    var rest: ArraySlice<UInt8> { self.bytes[self.place...] }

    /// The next line without its newline. Nil when no whole line is left.
    mutating func next() -> ArraySlice<UInt8>? {
        guard let end = self.rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { self.place = end + 1 }
        return self.bytes[self.place..<end]
    }
}

extension ArraySlice<UInt8> {
    /// What stands behind a keyword and one space; nil when the line doesn't begin so.
    package func value(of keyword: String) -> ArraySlice<UInt8>? {
        let start = Array((keyword + " ").utf8)
        return self.starts(with: start) ? self.dropFirst(start.count) : nil
    }
}
