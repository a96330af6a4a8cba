import CairnConsensus
import CairnLedger

/// From a state on, nothing goes wrong any more: all that is said arrives, disks are quick, clocks run, the liar is silent.
struct FairRun {
    private(set) var members: [Int: ExploredMember]
    private let stage: ExploreStage
    private var queue: [ExploredPacket]

    /// So often the clocks go on to what is due next, at most: far more than a time-out, doubled a few times, in each of some views.
    private static let waitsMax = 200

    /// - Parameter packets: what was sent before, and arrives.
    init(stage: ExploreStage, members: [ExploredMember], sent packets: [ExploredPacket]) {
        self.stage = stage
        self.members = Dictionary(uniqueKeysWithValues: members.map { ($0.place, $0.copy()) })
        self.queue = packets
    }

    /// - Throws: when not all that clients wait for becomes final at all members.
    mutating func run() throws(Violation) {
        for place in self.members.keys.sorted() { self.settle(place) }
        for _ in 0..<Self.waitsMax {
            self.deliver()
            if let violation = self.members.values.compactMap(\.violation).first { throw violation }
            if self.isDone { return }
            guard let wait = self.members.values.compactMap(\.untilWakeUp).min() else { break }
            for place in self.members.keys.sorted() {
                self.members[place]?.wait(wait)
                self.settle(place)
            }
        }
        let heads = self.members.sorted { $0.key < $1.key }.map { place, member in
            "\(place) at block \(member.machine.tip.header.index), view \(member.machine.view), "
                + "\(member.machine.waitingRecords) waiting"
        }
        throw Violation(.liveness, "a fair run of \(Self.waitsMax) waits ends with \(heads.joined(separator: "; "))")
    }

    private var isDone: Bool {
        let tips = Set(self.members.values.map { $0.machine.tip.hash })
        return tips.count == 1
            && self.members.values.allSatisfy {
                $0.machine.tip.header.index > 0 && $0.machine.waitingRecords == 0
            }
    }

    private mutating func deliver() {
        while !self.queue.isEmpty {
            let now = self.queue
            self.queue = []
            for packet in now where self.members[packet.receiver] != nil {
                self.members[packet.receiver]?.take(packet.message, from: packet.sender)
                self.settle(packet.receiver)
            }
        }
    }

    /// What a member wrote is durable, and what it said is on its way.
    private mutating func settle(_ place: Int) {
        guard var member = self.members.removeValue(forKey: place) else { return }
        member.syncAll()
        for (message, destination) in member.takeSaid() {
            for receiver in member.receivers(of: destination) {
                let packet = ExploredPacket(sender: place, receiver: receiver, message: message)
                self.queue.append(self.stage.scenario.hasRequests ? packet : self.stage.withUsualQuorum(packet))
            }
        }
        self.members[place] = member
    }
}

extension ExploredMember {
    /// How long until the machine wants to be woken.
    fileprivate var untilWakeUp: Duration? { self.machine.wakeUp.map { $0.since(self.now) } }
}
