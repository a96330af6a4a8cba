/// The ways in which members lie. Each keeps its own key and the real rule's machine, and does this on top.
public enum LieKind: String, CaseIterable, Sendable {
    /// As a leader, proposes one block to some and another to the rest.
    case equivocatingLeader = "equivocating leader"
    /// As a leader, builds on an older block than the newest notarised one, as if what came between had been given up.
    case rewriter
    /// Votes for all it hears of, and against it; to notarise and in support, where both count.
    case doubleVoter = "double voter"
    /// Hears everything and says nothing, some of the time or always.
    case silent
    /// Says things in others' names, and blocks, certificates and histories that are not true.
    case forger
    /// Tells what it has to tell to some only, and late. Its vote, which may be the last one of all, some never hear.
    case withholder
    /// Says again, later and to others, what it heard and said.
    case replayer
    /// Is two members with one key: each half of the nodes meets another one.
    case split
    /// As a leader, votes for a block and shows it to some only, or to nobody.
    case hider
    /// As a leader, proposes again what is final already, or claims to be bound by it.
    case reviver
    /// Puts kinds, blocks and receivers of votes together as they come, and makes certificates of votes for different things.
    case mixer

    /// Those that a seed draws its liars' kinds from first.
    static let drawnFirst: [LieKind] = [
        .equivocatingLeader, .rewriter, .doubleVoter, .silent, .forger, .withholder, .replayer, .split,
    ]
    /// Those that may take their place, drawn apart, so that a seed's other liars stay what they were.
    static let drawnLater: [LieKind] = [.hider, .reviver, .mixer]
}
