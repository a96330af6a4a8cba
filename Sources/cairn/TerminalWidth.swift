import Foundation

/// How wide help is written.
enum TerminalWidth {
    private static let columns = 1...10_000

    /// Forgets a `COLUMNS` that no terminal has: swift-argument-parser computes with whatever number it finds, and numbers near the
    /// smallest there is overflow, which ends the process. To be called before anything else, while there is one thread.
    static func forgetImpossible() {
        guard let value = getenv("COLUMNS") else { return }
        if let width = Int(String(cString: value)), Self.columns.contains(width) { return }
        unsetenv("COLUMNS")
    }
}
