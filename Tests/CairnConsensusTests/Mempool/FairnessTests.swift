import CairnConsensus
import CairnLedger
import TestSupport
import Testing

struct FairnessTests {
    private func client(_ number: UInt64) -> Mempool.Source { .client(ClientID(rawValue: number)) }

    @Test func clientsTakeTurnsInABlock() throws {
        var mempool = Mempool(capacity: QueueCapacity(records: 1 << 20, bytes: 1 << 30))
        // More than a block holds, before anybody else comes.
        let many = try Samples.submission(nil, (0..<1_000).map { "\($0)" })
        for number in 0..<20 {
            _ = mempool.add(many, from: self.client(1), ticket: Ticket(rawValue: UInt64(number)))
        }
        let one = try Samples.submission(nil, "1")
        for number in 0..<3 {
            _ = mempool.add(one, from: self.client(2), ticket: Ticket(rawValue: UInt64(100 + number)))
        }
        let tickets = mempool.takeBlock().flatMap { $0.tickets.map(\.rawValue) }
        #expect(Array(tickets.prefix(6)) == [0, 100, 1, 101, 2, 102])
        #expect(tickets.filter { $0 < 100 } == Array(0..<8))
    }

    @Test func whoWasFirstIsNotAlwaysFirst() throws {
        var mempool = Mempool(capacity: QueueCapacity(records: 100, bytes: 1_000))
        for source in 1...UInt64(3) {
            for number in 0..<UInt64(3) {
                _ = mempool.add(
                    try Samples.submission(nil, "1"), from: self.client(source),
                    ticket: Ticket(rawValue: source * 10 + number))
            }
        }
        func first() -> UInt64? { mempool.selectBlock().first?.tickets[0].rawValue }
        #expect(first() == 10)
        mempool.rotate()
        #expect(first() == 20)
        mempool.rotate()
        #expect(first() == 30)
    }

    @Test func aloneAClientGetsAllTheRoom() {
        var room = FairShare<Int>(QueueCapacity(records: 100, bytes: 1_000))
        var taken = 0
        while room.take(records: 1, bytes: 10, for: 1) { taken += 1 }
        #expect(taken == 100)
        let isFullForAll = !room.take(records: 1, bytes: 1, for: 2)
        #expect(isFullForAll)
        room.giveBack(records: 10, bytes: 100, for: 1)
        // A newcomer takes what became free before the one who holds the rest may.
        let newcomer = room.take(records: 1, bytes: 10, for: 2)
        let holder = room.take(records: 1, bytes: 10, for: 1)
        let more = room.take(records: 7, bytes: 70, for: 2)
        #expect(newcomer && !holder && more)
    }

    @Test func amongSeveralNobodyTakesItAll() {
        var room = FairShare<Int>(QueueCapacity(records: 1_000, bytes: 1 << 20))
        let isFirst = room.take(records: 10, bytes: 10, for: 2)
        #expect(isFirst)
        var taken = 0
        while room.take(records: 1, bytes: 1, for: 1) { taken += 1 }
        // Four times what is left free.
        #expect((780...800).contains(taken), "\(taken)")
        var others = 0
        while room.take(records: 1, bytes: 1, for: 3) { others += 1 }
        #expect(others > 100)
    }

    @Test(arguments: UInt64(1)...5)
    func whatIsTakenAndGivenBackAddsUp(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var room = FairShare<Int>(QueueCapacity(records: 50, bytes: 500))
        var held: [(records: Int, bytes: Int, source: Int)] = []
        for _ in 0..<2_000 {
            if Bool.random(using: &random), let last = held.indices.randomElement(using: &random) {
                let item = held.remove(at: last)
                room.giveBack(records: item.records, bytes: item.bytes, for: item.source)
            } else {
                let item = (
                    records: Int.random(in: 1...9, using: &random), bytes: Int.random(in: 1...99, using: &random),
                    source: Int.random(in: 0..<4, using: &random)
                )
                if room.take(records: item.records, bytes: item.bytes, for: item.source) { held.append(item) }
            }
            #expect(room.records == held.reduce(0) { $0 + $1.records })
            #expect(room.bytes == held.reduce(0) { $0 + $1.bytes })
            #expect(held.count <= 1 || room.records <= 50 && room.bytes <= 500)
        }
        while let item = held.popLast() {
            room.giveBack(records: item.records, bytes: item.bytes, for: item.source)
        }
        #expect(room.records == 0 && room.bytes == 0)
    }
}
