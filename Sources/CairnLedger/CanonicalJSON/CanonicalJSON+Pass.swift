extension CanonicalJSON {
    /// One pass over one text.
    ///
    /// Bytes that are canonical as they stand are not copied one by one: they form a run, `runStart..<position`, that
    /// is copied in one piece when something that must change comes up. A text that is canonical already is one run.
    ///
    /// The text is read through a raw pointer, without a bounds check per byte: every read is behind a comparison with
    /// `count`.
    struct Pass {
        let base: UnsafeRawPointer
        let count: Int
        let maxDepth: Int
        /// Throw instead of changing anything.
        let isStrict: Bool

        /// The next byte to read.
        var position = 0
        var runStart = 0
        var depth = 0
        var output: [UInt8] = []
        /// The members so far of the objects that are open, innermost last.
        var members: [Member] = []
        /// The canonical text of a number, to compare it with what was written.
        var scratch: [UInt8] = []

        /// `text` must outlive the pass.
        init(text: UnsafeRawBufferPointer, maxDepth: Int, isStrict: Bool) throws(CanonicalJSONError) {
            precondition((0...CanonicalJSON.largestMaxDepth).contains(maxDepth), "maxDepth out of range")
            guard let base = text.baseAddress else { throw CanonicalJSONError(.empty, at: 0) }
            self.base = base
            self.count = text.count
            self.maxDepth = maxDepth
            self.isStrict = isStrict
        }

        mutating func run() throws(CanonicalJSONError) {
            try skipWhitespace()
            guard position < count else { throw CanonicalJSONError(.empty, at: count) }
            try value()
            try skipWhitespace()
            guard position == count else { throw CanonicalJSONError(.trailingBytes, at: position) }
            if !isStrict {
                copyRun(upTo: count)
            }
        }
    }
}

extension CanonicalJSON.Pass {
    /// Where in `output` the byte at `position` will be, once the run before it is copied.
    var outputPosition: Int { output.count &+ (position &- runStart) }

    @inline(__always)
    func byte(at offset: Int) -> UInt8 {
        base.load(fromByteOffset: offset, as: UInt8.self)
    }

    /// Ends the run at `end`, because what follows there must change. The caller starts the next one.
    mutating func endRun(at end: Int) throws(CanonicalJSONError) {
        guard !isStrict else { throw CanonicalJSONError(.notCanonical, at: end) }
        copyRun(upTo: end)
    }

    private mutating func copyRun(upTo end: Int) {
        guard end > runStart else { return }
        output.append(contentsOf: UnsafeRawBufferPointer(start: base + runStart, count: end &- runStart))
    }

    @inline(__always)
    mutating func skipWhitespace() throws(CanonicalJSONError) {
        if position < count, byte(at: position) <= 0x20 {
            try dropWhitespace()
        }
    }

    @inline(never)
    private mutating func dropWhitespace() throws(CanonicalJSONError) {
        let start = position
        var end = position
        while end < count {
            let next = byte(at: end)
            guard next == UInt8(ascii: " ") || next == 0x0A || next == 0x0D || next == 0x09 else { break }
            end &+= 1
        }
        guard end > start else { return }
        try endRun(at: start)
        position = end
        runStart = end
    }

    /// The error for finding the byte at `position`, or the end, where the grammar wants something else.
    func unexpected() -> CanonicalJSONError {
        guard position < count else { return CanonicalJSONError(.unexpectedEnd, at: count) }
        return CanonicalJSONError(.unexpectedByte(byte(at: position)), at: position)
    }

    mutating func value() throws(CanonicalJSONError) {
        guard position < count else { throw unexpected() }
        switch byte(at: position) {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): try number()
        case UInt8(ascii: "{"): try object()
        case UInt8(ascii: "["): try array()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: throw unexpected()
        }
    }

    private mutating func literal(_ text: StaticString) throws(CanonicalJSONError) {
        let expected = UnsafeRawPointer(text.utf8Start)
        for index in 0..<text.utf8CodeUnitCount {
            guard position < count, byte(at: position) == expected.load(fromByteOffset: index, as: UInt8.self) else {
                throw unexpected()
            }
            position &+= 1
        }
    }
}
