/// The decisions that a skeleton's safety stands on, one function each.
///
/// There is one rule, `CertifiedChain`. The functions are a protocol's so that the simulator can replace each by a wrong one
/// and see that it notices, as with `VoteRule`.
public protocol CatchUpRule: Sendable {
    /// Whether a header may stand behind one whose hash it does or doesn't name.
    static func mayFollow(namesHash: Bool) -> Bool

    /// Whether headers are believed whose last one does or doesn't have a certificate.
    static func believes(isCertified: Bool) -> Bool
}

/// Headers linked by hash up to a quorum's certificate.
public enum CertifiedChain: CatchUpRule {}

extension CatchUpRule {
    public static func mayFollow(namesHash: Bool) -> Bool { namesHash }
    public static func believes(isCertified: Bool) -> Bool { isCertified }
}
