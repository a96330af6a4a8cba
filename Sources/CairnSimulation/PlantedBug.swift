import CairnConsensus
import CairnLedger

/// A mistake that the simulator has to notice: in the rule, by another `VoteRule`, or in the driver.
public enum PlantedBug: String, CaseIterable, Sendable {
    case voteBeforeStoring = "vote-before-storing"
    case quorumOffByOne = "quorum-off-by-one"
    case forgetJournal = "forget-journal"
    case acceptGap = "accept-gap"
    case countVoteTwice = "count-vote-twice"
    case countNextEpochsVotes = "count-next-epochs-votes"
    case skipMemberChange = "skip-member-change"
    case acknowledgeBeforeFinal = "acknowledge-before-final"
    case finaliseAfterNullify = "finalise-after-nullify"
    case nullifyAfterFinalise = "nullify-after-finalise"
    case finaliseAtOnceAnywhere = "finalise-at-once-anywhere"
    case dropWindow = "drop-window"
    case neverRepeat = "never-repeat"
    case neverProposeAgain = "never-propose-again"
    case followAnyHeader = "follow-any-header"
    case believeUncertified = "believe-uncertified"
    case believeAnySignature = "believe-any-signature"
    case keepQuiet = "keep-quiet"
    case trimBeforeSyncing = "trim-before-syncing"
    case trimNullifications = "trim-nullifications"
    case dropFarCertificates = "drop-far-certificates"
    case finalWithAllAnywhere = "final-with-all-anywhere"
    case finalWithQuorum = "final-with-quorum"
    case nullifyAfterNotarise = "nullify-after-notarise"
    case neverRelease = "never-release"
    case believeBound = "believe-bound"
    case proposeTwice = "propose-twice"
    case proposeUnrecorded = "propose-unrecorded"
    case trimBase = "trim-base"
    case trimLeaderVotes = "trim-leader-votes"

    /// Within so many seeds from 1 on, each is noticed.
    public static let seedsMax: UInt64 = 2_000

    /// The scenario of the explorer that notices the bug, where seeds don't come upon it.
    public var scenario: String? {
        switch self {
        case .trimLeaderVotes: "t-all"
        case .proposeUnrecorded: "e3-all"
        default: nil
        }
    }

    /// What the bug is, in a sentence.
    public var summary: String {
        switch self {
        case .voteBeforeStoring: "votes leave before the journal is synced"
        case .quorumOffByOne: "a quorum needs one power less"
        case .forgetJournal: "a restarted node begins with an empty journal"
        case .acceptGap: "a proposal may pass by views that were not nullified"
        case .countVoteTwice: "a member's repeated vote counts again"
        case .countNextEpochsVotes: "votes are counted with the members of an unfinished change"
        case .skipMemberChange: "a final change of members doesn't take effect"
        case .acknowledgeBeforeFinal: "records are acknowledged once notarised"
        case .finaliseAfterNullify: "a member that gave a view up still finalises in it"
        case .nullifyAfterFinalise: "a member that finalised in a view still gives it up"
        case .finaliseAtOnceAnywhere: "one round of votes is taken to be enough where members may lie"
        case .dropWindow: "a block may repeat a submission"
        case .neverRepeat: "a lost vote is not said again"
        case .neverProposeAgain: "a quiet ledger leaves its newest block unfinished"
        case .followAnyHeader: "catching up, a header need not name the one before it"
        case .believeUncertified: "catching up, headers need no certificate"
        case .believeAnySignature: "catching up, nobody looks at signatures"
        case .keepQuiet: "the vote machine isn't told that catching up has ended"
        case .trimBeforeSyncing: "the journal lets go of blocks before the block log is synced"
        case .trimNullifications: "a journal begun anew lacks the member's own nullify votes"
        case .dropFarCertificates: "a certificate far ahead is dropped"
        case .finalWithAllAnywhere: "notarise votes of all are taken to be enough where several members may lie"
        case .finalWithQuorum: "notarise votes of a quorum are taken for those of all"
        case .nullifyAfterNotarise: "a member gives up what it notarised, whatever the others said"
        case .neverRelease: "a member never gives up what it notarised, whatever the others said"
        case .believeBound: "any member is believed that it is bound by a block"
        case .proposeTwice: "a restarted leader proposes where it may have done so before"
        case .proposeUnrecorded: "a leader proposes before it can know after a restart that it did"
        case .trimBase: "a journal begun anew lacks what made the newest block final"
        case .trimLeaderVotes: "a journal begun anew lacks the leader's vote for what the member voted for"
        }
    }

    var rule: any VoteRule.Type {
        switch self {
        case .voteBeforeStoring, .forgetJournal, .followAnyHeader, .believeUncertified, .believeAnySignature,
            .keepQuiet, .trimBeforeSyncing:
            Simplex.self
        case .quorumOffByOne: QuorumOffByOne.self
        case .acceptGap: AcceptGap.self
        case .countVoteTwice: CountVoteTwice.self
        case .countNextEpochsVotes: CountNextEpochsVotes.self
        case .skipMemberChange: SkipMemberChange.self
        case .acknowledgeBeforeFinal: AcknowledgeBeforeFinal.self
        case .finaliseAfterNullify: FinaliseAfterNullify.self
        case .nullifyAfterFinalise: NullifyAfterFinalise.self
        case .finaliseAtOnceAnywhere: FinaliseAtOnceAnywhere.self
        case .dropWindow: DropWindow.self
        case .neverRepeat: NeverRepeat.self
        case .neverProposeAgain: NeverProposeAgain.self
        case .trimNullifications: TrimNullifications.self
        case .dropFarCertificates: DropFarCertificates.self
        case .finalWithAllAnywhere: FinalWithAllAnywhere.self
        case .finalWithQuorum: FinalWithQuorum.self
        case .nullifyAfterNotarise: NullifyAfterNotarise.self
        case .neverRelease: NeverRelease.self
        case .believeBound: BelieveBound.self
        case .proposeTwice: ProposeTwice.self
        case .proposeUnrecorded: ProposeUnrecorded.self
        case .trimBase: TrimBase.self
        case .trimLeaderVotes: TrimLeaderVotes.self
        }
    }

    var catchUpRule: any CatchUpRule.Type {
        switch self {
        case .followAnyHeader: FollowAnyHeader.self
        case .believeUncertified: BelieveUncertified.self
        default: CertifiedChain.self
        }
    }
}

private enum FollowAnyHeader: CatchUpRule {
    static func mayFollow(namesHash: Bool) -> Bool { true }
}

private enum BelieveUncertified: CatchUpRule {
    static func believes(isCertified: Bool) -> Bool { true }
}

private enum QuorumOffByOne: VoteRule {
    static func isQuorum(_ power: UInt64, of members: MemberSet) -> Bool { power + 1 >= members.quorumPower }
}

private enum AcceptGap: VoteRule {
    static func mayPassBy(allNullified: Bool) -> Bool { true }
}

private enum CountVoteTwice: VoteRule {
    static func counts(hasVoted: Bool) -> Bool { true }
}

private enum CountNextEpochsVotes: VoteRule {
    static func voters(of epoch: MemberSet, newest: @autoclosure () -> ChainTip) -> MemberSet {
        newest().members
    }
}

private enum SkipMemberChange: VoteRule {
    static func followsChanges() -> Bool { false }
}

private enum AcknowledgeBeforeFinal: VoteRule {
    static func acknowledges(isFinal: Bool) -> Bool { true }
}

private enum FinaliseAfterNullify: VoteRule {
    static func mayFinalise(hasNullified: Bool) -> Bool { true }
}

private enum NullifyAfterFinalise: VoteRule {
    static func mayNullify(hasFinalised: Bool) -> Bool { true }
}

private enum FinaliseAtOnceAnywhere: VoteRule {
    static func mayFinaliseAtOnce(mayLie: Bool) -> Bool { true }
}

private enum DropWindow: VoteRule {
    static func mayInclude(isRepeated: Bool) -> Bool { true }
}

private enum NeverRepeat: VoteRule {
    static func repeatsVotes() -> Bool { false }
}

private enum NeverProposeAgain: VoteRule {
    static func proposesAgain() -> Bool { false }
}

private enum TrimNullifications: VoteRule {
    static func keepsInJournal(_ entry: JournalEntry) -> Bool {
        guard case .vote(let vote) = entry else { return true }
        return vote.kind != .nullify
    }
}

private enum TrimBase: VoteRule {
    static func keepsInJournal(_ entry: JournalEntry) -> Bool {
        guard case .certificate(let certificate) = entry else { return true }
        return certificate.kind != .finalise
    }
}

private enum TrimLeaderVotes: VoteRule {
    static func keepsInJournal(_ entry: JournalEntry) -> Bool {
        if case .leaderVote = entry { false } else { true }
    }
}

private enum ProposeTwice: VoteRule {
    static func mayPropose(mayHaveProposed: Bool) -> Bool { true }
}

private enum ProposeUnrecorded: VoteRule {
    static func mayProposeEarly(isRecorded: Bool) -> Bool { true }
}

private enum DropFarCertificates: VoteRule {
    static func takesCertificate(isFarAhead: Bool) -> Bool { !isFarAhead }
}

private enum FinalWithAllAnywhere: VoteRule {
    static func isFinalWithAll(isSafe: Bool) -> Bool { true }
}

private enum FinalWithQuorum: VoteRule {
    static func isAll(_ count: Int, of members: MemberSet) -> Bool { 3 * count > 2 * members.members.count }
}

private enum NullifyAfterNotarise: VoteRule {
    static func mayNullify(against power: UInt64, of members: MemberSet) -> Bool { true }
}

private enum NeverRelease: VoteRule {
    static func mayNullify(against power: UInt64, of members: MemberSet) -> Bool { false }
}

private enum BelieveBound: VoteRule {
    static func isBound(_ power: UInt64, of members: MemberSet) -> Bool { power > 0 }
}
