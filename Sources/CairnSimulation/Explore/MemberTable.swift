import CairnConsensus
import CairnHash
import CairnLedger

/// All states that one member was ever in, by number, and what became of each by each event: the machine runs once for both.
final class MemberTable {
    private struct State {
        var member: ExploredMember
        var ownEvents: [ExploredEvent]
        var isBusy: Bool
        /// Number of the set of packets that it has sent.
        var sent: UInt32
        /// Number of what of it others can be measured by: what it sent and what it ever showed as final.
        var shown: UInt32
    }

    /// 128 bits of a hash: among 10^9 states, two share them with a probability of 10^-21.
    private struct Fingerprint: Hashable {
        var high: UInt64
        var low: UInt64
    }

    private struct Shown: Hashable {
        var sent: UInt32
        var finals: [Digest]
        var violated: Bool
    }

    let place: Int
    private let packets: ExploredPackets
    private let stage: ExploreStage
    /// Before anything that is explored.
    private let beginning: ExploredMember
    private var states: [State] = []
    private var numbers: [Fingerprint: UInt32] = [:]
    /// By state and event.
    private var successors = SuccessorTable()
    private var shownNumbers: [Shown: UInt32] = [:]
    /// One state for each number of what is shown.
    private var firstShown: [UInt32] = []

    init(_ beginning: ExploredMember, stage: ExploreStage, packets: ExploredPackets) {
        self.place = beginning.place
        self.beginning = beginning
        self.stage = stage
        self.packets = packets
    }

    var count: Int { self.states.count }
    /// How often the machine ran.
    var runs: Int { self.successors.count }

    func begin(crashes: Int) -> UInt32 {
        var member = self.beginning.copy()
        member.begin(crashes: crashes, waitsInVain: self.stage.scenario.prelude?.waitsInVain[self.place] ?? 0)
        let said = member.takeSaid()
        let nothing = self.packets.setNumber(of: [])
        return self.number(of: member, sent: self.sent(said, by: member, before: nothing))
    }

    func member(_ state: UInt32) -> ExploredMember { self.states[Int(state)].member }
    func isBusy(_ state: UInt32) -> Bool { self.states[Int(state)].isBusy }
    func ownEvents(_ state: UInt32) -> [ExploredEvent] { self.states[Int(state)].ownEvents }
    func sent(_ state: UInt32) -> UInt32 { self.states[Int(state)].sent }
    func shown(_ state: UInt32) -> UInt32 { self.states[Int(state)].shown }
    func member(showing shown: UInt32) -> (member: ExploredMember, sent: [UInt32]) {
        let state = self.states[Int(self.firstShown[Int(shown)])]
        return (state.member, self.packets.sets[Int(state.sent)].all)
    }

    func successor(of state: UInt32, by event: ExploredEvent) -> UInt32 {
        if let known = self.successors[state, event] { return known }
        let next = self.run(event, in: state)
        self.successors.insert(next, for: state, event)
        return next
    }

    private func run(_ event: ExploredEvent, in state: UInt32) -> UInt32 {
        let before = self.states[Int(state)]
        if event.kind == .take, !before.member.wants(self.packets[event.argument].message) { return state }
        var member = before.member.copy()
        member.happen(event) { self.packets[$0] }
        let said = member.takeSaid()
        return self.number(of: member, sent: self.sent(said, by: member, before: before.sent))
    }

    /// The number of the set of packets that a member has sent now.
    private func sent(
        _ said: [(message: Message, to: VoteEffect.Destination)], by member: ExploredMember, before: UInt32
    ) -> UInt32 {
        var new: [UInt32] = []
        for (message, destination) in said where self.isExplored(message) {
            for receiver in member.receivers(of: destination) {
                let packet = ExploredPacket(sender: self.place, receiver: receiver, message: message)
                new.append(self.packets.number(of: packet))
            }
        }
        guard !new.isEmpty else { return before }
        return self.packets.setNumber(of: Set(self.packets.sets[Int(before)].all).union(new))
    }

    private func number(of member: ExploredMember, sent sentNumber: UInt32) -> UInt32 {
        let fingerprint = self.fingerprint(member, sentNumber)
        if let number = self.numbers[fingerprint] { return number }
        let shown = Shown(
            sent: sentNumber, finals: member.disk.shown.map { $0.block.header.hash },
            violated: member.violation != nil)
        let number = UInt32(self.states.count)
        let shownNumber: UInt32
        if let known = self.shownNumbers[shown] {
            shownNumber = known
        } else {
            shownNumber = UInt32(self.firstShown.count)
            self.shownNumbers[shown] = shownNumber
            self.firstShown.append(number)
        }
        self.states.append(
            State(
                member: member, ownEvents: member.ownEvents, isBusy: member.isBusy, sent: sentNumber, shown: shownNumber
            ))
        self.numbers[fingerprint] = number
        return number
    }

    private func fingerprint(_ member: ExploredMember, _ sent: UInt32) -> Fingerprint {
        var encoder = StateEncoder(now: member.now, bounds: member.encoderBounds)
        member.encodeState(into: &encoder)
        encoder.add(UInt64(sent))
        return Digest(hashing: encoder.bytes).withUnsafeBytes { bytes in
            Fingerprint(
                high: bytes.loadUnaligned(as: UInt64.self), low: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            )
        }
    }

    /// Messages that take part within the bounds; all others are lost. Fair runs have them all.
    private func isExplored(_ message: Message) -> Bool {
        func isWithin(_ epoch: Epoch, _ view: View) -> Bool {
            let views = self.stage.scenario.views
            return epoch.rawValue < views.count && view.rawValue <= views[Int(epoch.rawValue)]
        }
        return switch message {
        case .proposal(let proposal): isWithin(proposal.epoch, proposal.view)
        case .vote(let vote): isWithin(vote.epoch, vote.view)
        case .certificate(let certificate): isWithin(certificate.epoch, certificate.view)
        case .request, .block: self.stage.scenario.hasRequests
        case .finals: self.stage.scenario.prelude?.absent.isEmpty == false
        case .status, .submissions, .change, .finalsRequest: false
        }
    }
}
