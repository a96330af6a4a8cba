import CairnConsensus
import CairnLedger

/// A message on its way from one member to another.
struct ExploredPacket: Hashable {
    var sender: Int
    var receiver: Int
    var message: Message

    var summary: String { "from \(self.sender): \(self.message.summary)" }
}

/// Every packet that was ever sent in any state, by number. Once sent, it may arrive any number of times, or never.
final class ExploredPackets {
    private(set) var packets: [ExploredPacket] = []
    private var numbers: [ExploredPacket: UInt32] = [:]
    /// What is taken to be sent in the place of a packet.
    private let usual: (ExploredPacket) -> ExploredPacket
    /// What members have said by now: sets of packets, by number.
    private(set) var sets: [SentSet] = []
    private var setNumbers: [[UInt32]: UInt32] = [:]
    private let members: Int
    /// What the liar may answer to what it hears, by packet.
    private var answers: [UInt32: [UInt32]] = [:]
    private let liarsAnswers: (ExploredPacket) -> [ExploredPacket]

    struct SentSet {
        /// Rising.
        var all: [UInt32]
        var byReceiver: [[UInt32]]
    }

    init(
        members: Int, usual: @escaping (ExploredPacket) -> ExploredPacket,
        liarsAnswers: @escaping (ExploredPacket) -> [ExploredPacket]
    ) {
        self.members = members
        self.usual = usual
        self.liarsAnswers = liarsAnswers
    }

    subscript(number: UInt32) -> ExploredPacket { self.packets[Int(number)] }

    func number(of packet: ExploredPacket) -> UInt32 {
        let packet = self.usual(packet)
        if let number = self.numbers[packet] { return number }
        let number = UInt32(self.packets.count)
        self.packets.append(packet)
        self.numbers[packet] = number
        return number
    }

    func setNumber(of packets: Set<UInt32>) -> UInt32 {
        let all = packets.sorted()
        if let number = self.setNumbers[all] { return number }
        var byReceiver = [[UInt32]](repeating: [], count: self.members)
        for number in all { byReceiver[self[number].receiver].append(number) }
        let number = UInt32(self.sets.count)
        self.sets.append(SentSet(all: all, byReceiver: byReceiver))
        self.setNumbers[all] = number
        return number
    }

    /// What a liar may say to one who heard a packet of these.
    func answers(to packets: [UInt32], for receiver: Int) -> [UInt32] {
        packets.flatMap { number in
            if let known = self.answers[number] { return known }
            let made = self.liarsAnswers(self[number]).map(self.number(of:))
            self.answers[number] = made
            return made
        }.filter { self[$0].receiver == receiver }
    }
}
