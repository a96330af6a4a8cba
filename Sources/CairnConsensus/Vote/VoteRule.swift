public import CairnLedger

/// The decisions that safety and liveness stand on, one function each: the argument in docs/consensus.md goes through
/// them by name.
///
/// There is one rule, `Simplex`. The functions are a protocol's so that the simulator can replace each by a wrong one
/// and see that it notices.
public protocol VoteRule: Sendable {
    /// Whether votes of this power decide.
    static func isQuorum(_ power: UInt64, of members: MemberSet) -> Bool

    /// Whose votes count in an epoch.
    /// - Parameter newest: the newest notarised block's tip, which may carry a change of members.
    static func voters(of epoch: MemberSet, newest: @autoclosure () -> ChainTip) -> MemberSet

    /// Whether a member's vote adds to a tally that has or hasn't one from it.
    static func counts(hasVoted: Bool) -> Bool

    /// Whether a member may send finalise(v) for a proposal that it hasn't seen notarised, if members may or may not lie.
    static func mayFinaliseAtOnce(mayLie: Bool) -> Bool

    /// Whether a member that has or hasn't sent nullify(v) may send finalise(v).
    static func mayFinalise(hasNullified: Bool) -> Bool

    /// Whether a member that has or hasn't sent finalise(v) may send nullify(v).
    static func mayNullify(hasFinalised: Bool) -> Bool

    /// Whether notarise votes of all members make a block final, where that is or isn't safe: where any two members have more
    /// power than may lie, and the epoch's rule says so.
    static func isFinalWithAll(isSafe: Bool) -> Bool

    /// Whether so many members are all.
    static func isAll(_ count: Int, of members: MemberSet) -> Bool

    /// Whether a member that notarised a block may send nullify(v) where notarise votes of all make it final.
    /// - Parameter power: of the other members that said something else in v than that they notarise this block.
    static func mayNullify(against power: UInt64, of members: MemberSet) -> Bool

    /// Whether members of this power that voted for a block show that one of them doesn't lie and may be bound by it.
    static func isBound(_ power: UInt64, of members: MemberSet) -> Bool

    /// Whether a leader may propose in a view in which it did or didn't propose, perhaps, before it was started again.
    static func mayPropose(mayHaveProposed: Bool) -> Bool

    /// Whether a leader may send a proposal before its own vote for it is durable, if it has or hasn't a durable vote in the view
    /// before.
    static func mayProposeEarly(isRecorded: Bool) -> Bool

    /// Whether a proposal may pass views by, of which some are or are not nullified.
    static func mayPassBy(allNullified: Bool) -> Bool

    /// Whether a block may list a submission that the chain before it has or hasn't within its window.
    static func mayInclude(isRepeated: Bool) -> Bool

    /// Whether an id's place in the window of final blocks decides, though a block that isn't final may have a newer one.
    static func looksAtWindowFirst() -> Bool

    /// Whether a certificate is taken that is or isn't more views ahead than votes are counted.
    static func takesCertificate(isFarAhead: Bool) -> Bool

    /// Whether a journal that is begun anew keeps what the member said and knows of the views that go on.
    static func keepsInJournal(_ entry: JournalEntry) -> Bool

    /// Whether records in a block that is or isn't final are acknowledged once it is in the log.
    static func acknowledges(isFinal: Bool) -> Bool

    /// Whether the change that a final block carries takes effect.
    static func followsChanges() -> Bool

    /// Whether a member says again what it said while a view doesn't end.
    static func repeatsVotes() -> Bool

    /// Whether a leader without records proposes the newest notarised block again until it is final.
    static func proposesAgain() -> Bool
}

/// The rule of Simplex (Chan and Pass, "Simplex Consensus: A Simple and Fast Consensus Protocol", IACR ePrint 2023/463).
public enum Simplex: VoteRule {}

extension VoteRule {
    public static func isQuorum(_ power: UInt64, of members: MemberSet) -> Bool { power >= members.quorumPower }
    public static func voters(of epoch: MemberSet, newest: @autoclosure () -> ChainTip) -> MemberSet { epoch }
    public static func counts(hasVoted: Bool) -> Bool { !hasVoted }
    public static func mayFinaliseAtOnce(mayLie: Bool) -> Bool { !mayLie }
    public static func mayFinalise(hasNullified: Bool) -> Bool { !hasNullified }
    public static func mayNullify(hasFinalised: Bool) -> Bool { !hasFinalised }
    public static func isFinalWithAll(isSafe: Bool) -> Bool { isSafe }
    public static func isAll(_ count: Int, of members: MemberSet) -> Bool { count == members.members.count }
    public static func mayNullify(against power: UInt64, of members: MemberSet) -> Bool { power > members.liarPowerMax }
    public static func isBound(_ power: UInt64, of members: MemberSet) -> Bool { power > members.liarPowerMax }
    public static func mayPropose(mayHaveProposed: Bool) -> Bool { !mayHaveProposed }
    public static func mayProposeEarly(isRecorded: Bool) -> Bool { isRecorded }
    public static func mayPassBy(allNullified: Bool) -> Bool { allNullified }
    public static func mayInclude(isRepeated: Bool) -> Bool { !isRepeated }
    public static func looksAtWindowFirst() -> Bool { false }
    public static func takesCertificate(isFarAhead: Bool) -> Bool { true }
    public static func keepsInJournal(_ entry: JournalEntry) -> Bool { true }
    public static func acknowledges(isFinal: Bool) -> Bool { isFinal }
    public static func followsChanges() -> Bool { true }
    public static func repeatsVotes() -> Bool { true }
    public static func proposesAgain() -> Bool { true }
}
