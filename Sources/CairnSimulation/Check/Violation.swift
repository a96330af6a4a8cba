/// Something that must never happen, and did.
public struct Violation: Error, Sendable, CustomStringConvertible {
    /// What was checked.
    public enum Check: String, Hashable, Sendable, CaseIterable {
        case agreement, validity, certificate, epochs
        case exactlyOnce = "exactly once"
        case durability
        case acknowledgements, reads, evidence, recovery, liveness, idleness, promptness, bounds
    }

    public var check: Check
    public var problem: String

    package init(_ check: Check, _ problem: String) {
        self.check = check
        self.problem = problem
    }

    public var description: String { "\(self.check.rawValue): \(self.problem)" }
}
