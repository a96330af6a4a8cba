import Glibc

/// Which seeds are running, for the case that one of them makes a precondition fail: then the process ends at once, and
/// without this nobody would know how to see it again.
enum RunningSeeds {
    private static let slots: UInt64 = 1_024
    private static let none = UInt64.max

    // Each slot belongs to the seeds with one remainder, of which one runs at a time but for very long ones; a signal
    // handler can't take a lock.
    nonisolated(unsafe) private static let running = UnsafeMutablePointer<UInt64>.allocate(capacity: Int(slots))
    nonisolated(unsafe) private static var former: [Int32: sigaction] = [:]

    /// Has the seeds told before a failing precondition ends the process.
    static func watch() {
        self.running.initialize(repeating: self.none, count: Int(self.slots))
        for signal in [SIGILL, SIGTRAP] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { RunningSeeds.tell($0) }
            var old = sigaction()
            sigaction(signal, &action, &old)
            self.former[signal] = old
        }
    }

    static func began(_ seed: UInt64) { self.running[Int(seed % self.slots)] = seed }
    static func ended(_ seed: UInt64) { self.running[Int(seed % self.slots)] = self.none }

    private static func tell(_ signal: Int32) {
        for slot in 0..<Int(self.slots) where self.running[slot] != self.none {
            self.write("cairn-sim: a precondition failed; see it again with one of: cairn-sim --seed ")
            self.write(number: self.running[slot])
            self.write(" --trace\n")
        }
        // The instruction is tried again, and its signal goes to whom it went before.
        if var old = self.former[signal] { sigaction(signal, &old, nil) }
    }

    private static func write(_ text: StaticString) {
        _ = Glibc.write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    }

    private static func write(number: UInt64) {
        var divisor: UInt64 = 10_000_000_000_000_000_000
        var hasBegun = false
        while divisor > 0 {
            var digit = UInt8(ascii: "0") + UInt8(number / divisor % 10)
            hasBegun = hasBegun || digit != UInt8(ascii: "0") || divisor == 1
            if hasBegun { _ = Glibc.write(STDERR_FILENO, &digit, 1) }
            divisor /= 10
        }
    }
}
