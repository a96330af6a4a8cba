import CairnHash

/// A digest of all that happens in a simulation, in order, and, when somebody wants to read it, a line for each.
struct Trace {
    private var stream = SHA256Stream()
    private var buffer: [UInt64] = []
    private(set) var events = 0
    /// Gets each line of text; nil when nobody reads.
    let write: (@Sendable (String) -> Void)?

    init(write: (@Sendable (String) -> Void)? = nil) {
        self.write = write
        self.buffer.reserveCapacity(Self.bufferWords)
    }

    private static let bufferWords = 512

    /// Counts an event in: numbers that tell it from others.
    mutating func note(_ time: WorldTime, _ kind: Kind, node: Int, _ first: UInt64 = 0, _ second: UInt64 = 0) {
        self.events += 1
        self.buffer.append(time)
        self.buffer.append(UInt64(kind.rawValue) << 32 | UInt64(UInt32(truncatingIfNeeded: node)))
        self.buffer.append(first)
        self.buffer.append(second)
        if self.buffer.count >= Self.bufferWords { self.flush() }
    }

    /// Writes a line, whose text is only made when somebody reads.
    func say(_ time: WorldTime, _ text: @autoclosure () -> String) {
        guard let write else { return }
        let microseconds = String(time / 1_000)
        write(String(repeating: " ", count: max(0, 12 - microseconds.count)) + microseconds + " µs  " + text())
    }

    private mutating func flush() {
        let words = self.buffer
        self.buffer = []
        self.stream.update(words.span.bytes)
    }

    /// The digest of all events up to now.
    mutating func digest() -> Digest {
        self.flush()
        return self.stream.finalize()
    }

    package enum Kind: UInt32 {
        case deliver, wake, stored, journal, append, send, answer, crash, start, fault, phase, ask, read, catchUp
    }
}
