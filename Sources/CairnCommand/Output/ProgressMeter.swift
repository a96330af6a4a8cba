/// Draws a progress bar on standard error, in place, ten times a second at most; nothing when that is no terminal.
final class ProgressMeter {
    var bar: ProgressBar

    private let isShown: Bool
    private let start = ContinuousClock.now
    private var drawn: ContinuousClock.Instant?

    init(_ bar: ProgressBar, isShown: Bool = Terminal.isStandardError) {
        self.bar = bar
        self.isShown = isShown
    }

    func update(_ change: (inout ProgressBar) -> Void) {
        change(&self.bar)
        guard self.isShown else { return }
        let now = ContinuousClock.now
        if let drawn, now - drawn < .milliseconds(100) { return }
        self.drawn = now
        // Carriage return, then erase to the end of the line (ECMA-48 EL), so that a shorter line leaves nothing.
        let line = self.bar.line(seconds: (now - self.start) / .seconds(1), columns: Terminal.columns - 1)
        Terminal.writeError("\r\(line)\u{1B}[K")
    }

    /// Takes the bar away: before other output, and at the end.
    func clear() {
        guard self.drawn != nil else { return }
        self.drawn = nil
        Terminal.writeError("\r\u{1B}[K")
    }
}
