import CairnConsensus
import CairnLedger

/// Those who run the cluster, and the changes of its members that they want.
struct Membership {
    var draw: SeededGenerator
    /// For changes of the rule, drawn apart, so that a seed's other changes stay what they were.
    var agreementDraw: SeededGenerator
    var changesLeft: Int
    /// The change that is on its way.
    var change: MemberChange?
    /// Every set that was signed in the present epoch: any of them may come.
    var proposed: [PlainMembers] = []
    /// Of which epoch `proposed` is.
    var epoch: UInt64 = 0
    private var tickets: Set<UInt64> = []
    /// Counted from far above the clients' tickets.
    private var nextTicket: UInt64 = 1 << 32

    init(draw: SeededGenerator, agreementDraw: SeededGenerator, changesLeft: Int) {
        self.draw = draw
        self.agreementDraw = agreementDraw
        self.changesLeft = changesLeft
    }

    mutating func openTicket() -> Ticket {
        self.nextTicket += 1
        self.tickets.insert(self.nextTicket)
        return Ticket(rawValue: self.nextTicket)
    }

    /// False when it is no ticket of a change.
    mutating func closeTicket(_ ticket: Ticket) -> Bool { self.tickets.remove(ticket.rawValue) != nil }
}
