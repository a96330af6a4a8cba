import CairnHash
import CairnLedger
import CairnStore
import Testing

@Suite("Repair of a directory that is not in use")
struct OfflineRepairTests {
    private static let parts = 4
    private let ledger: SmallLedger

    init() throws {
        self.ledger = try SmallLedger()
    }

    /// What is wrong with a repaired directory.
    private func problems(_ disk: MemoryDisk) throws -> [String] {
        let options = ValidationOptions(deep: true, allCertificates: true, workers: 1)
        let report = try SmallLedger.verify(disk, options)
        var problems = report.failure.map { ["\($0)"] } ?? []
        problems += report.notes
        let opened = try LedgerStore.open(on: disk, using: HashVerifier())
        if opened.store.head.hash != self.ledger.chain.state.headHash { problems.append("the head is another") }
        problems += opened.repairs
        return problems + self.ledger.check.problems(in: opened.store)
    }

    @Test("every changed byte of the log, with and without a checksum that fits, is healed", arguments: 0..<parts)
    func everyByte(part: Int) throws {
        let options = ValidationOptions(deep: true, allCertificates: true, workers: 1)
        for path in self.ledger.logs {
            let good = self.ledger.contents(path)
            for place in stride(from: part, to: good.count, by: Self.parts) {
                for fits in [place % 3 == 0] {
                    var bytes = good
                    bytes[place] ^= 1 << UInt8(place / 4 % 8)
                    let frame = self.ledger.frames(path).first { $0.range.contains(place) }
                    if fits, let frame {
                        var changed = Array(bytes[frame.range])
                        Frame.setChecksum(of: &changed)
                        bytes.replaceSubrange(frame.range, with: changed)
                        // The checksum itself, or a mark that is smaller: nothing is wrong with either.
                        guard try SmallLedger.verify(self.ledger.with(path, bytes), options).failure != nil else {
                            continue
                        }
                    }
                    let disk = self.ledger.with(path, bytes)
                    do {
                        let replaced = try RepairHelp.repair(disk, from: self.ledger.chain.blocks, options: options)
                        let problems = try self.problems(disk)
                        #expect(problems.isEmpty, "\(path), byte \(place), \(fits)")
                        // A frame that claims another block's index may cost that one too.
                        #expect(replaced.count <= 2, "\(path), byte \(place), \(fits)")
                        // What was found is kept.
                        #expect(disk.contents(of: "damaged/" + path.dropFirst("blocks/".count)) == bytes)
                    } catch {
                        Issue.record("\(path), byte \(place), \(fits): \(error)")
                    }
                }
            }
        }
    }

    @Test("any stretch of the log may be lost, ends of frames with it")
    func stretches() throws {
        for path in self.ledger.logs {
            let good = self.ledger.contents(path)
            for start in stride(from: 0, to: good.count, by: 97) {
                for length in [200, 700, good.count] {
                    var bytes = good
                    let end = min(start + length, good.count)
                    bytes.replaceSubrange(start..<end, with: repeatElement(0x5A, count: end - start))
                    let disk = self.ledger.with(path, bytes)
                    // Only one header knows the ledger's name when the other is gone; with both it would be hopeless.
                    try RepairHelp.repair(disk, from: self.ledger.chain.blocks)
                    let problems = try self.problems(disk)
                    #expect(problems.isEmpty, "\(path), from \(start), \(length) bytes")
                }
            }
        }
    }

    @Test("files that are cut short or missing are healed")
    func missing() throws {
        for path in self.ledger.logs {
            let good = self.ledger.contents(path)
            for count in stride(from: 0, to: good.count, by: 41) {
                let disk = self.ledger.with(path, Array(good.prefix(count)))
                try RepairHelp.repair(disk, from: self.ledger.chain.blocks)
                let problems = try self.problems(disk)
                #expect(problems.isEmpty, "\(path), cut to \(count) bytes")
            }
            let disk = self.ledger.disk.copy()
            try disk.remove(path)
            try RepairHelp.repair(disk, from: self.ledger.chain.blocks)
            let problems = try self.problems(disk)
            #expect(problems.isEmpty, "without \(path)")
        }
    }

    @Test("derived files may be damaged too")
    func derived() throws {
        let path = self.ledger.logs[1]
        var bytes = self.ledger.contents(path)
        bytes[200] ^= 1
        for derived in self.ledger.derived + [Seal.path] {
            let disk = self.ledger.with(path, bytes)
            disk.setContents(of: derived, to: Array(repeating: 7, count: ledger.contents(derived).count))
            guard try SmallLedger.verify(disk).failure != nil else { continue }
            try RepairHelp.repair(disk, from: self.ledger.chain.blocks)
            let problems = try self.problems(disk)
            #expect(problems.isEmpty, "\(derived)")
        }
    }

    @Test("what is no right block is refused, and nothing is written")
    func refusals() throws {
        let path = self.ledger.logs[0]
        let (block, range) = self.ledger.frames(path)[2]
        var bytes = self.ledger.contents(path)
        bytes[range.lowerBound + 100] ^= 1
        let disk = self.ledger.with(path, bytes)
        let good = self.ledger.chain.blocks[Int(block.rawValue)]
        let offline = try OfflineRepair(on: disk, using: HashVerifier())
        var repair = try offline.begin(at: block)
        let need = try #require(try repair.next())
        #expect(need.index == block && need.hash == good.block.header.hash && need.runStart == block)

        var other = good
        other.block.header.timestamp = Timestamp(microseconds: 5_000)
        #expect(repair.offer(other) != nil)
        #expect(repair.offer(self.ledger.chain.blocks[1]) == .otherIndex(expected: block, found: 1))
        // The right header over other records: that shows when its tree is made.
        other = good
        other.block.entries = self.ledger.chain.blocks[5].block.entries
        _ = repair.offer(other)
        #expect(try repair.next()?.index == block)
        // A certificate of somebody else.
        other = good
        other.certificate = self.ledger.chain.blocks[1].certificate
        _ = repair.offer(other)
        #expect(try repair.next()?.index == block)
        #expect(repair.offer(good) == nil)
        #expect(try repair.next() == nil)
        #expect(try repair.finish()?.blocks == [block])
        #expect(disk.contents(of: path) == bytes)
    }

    @Test("a directory whose files name two ledgers, or none, isn't touched")
    func otherLedgers() throws {
        let other = try TestChain(message: "another", isFast: true)
        var header = Segment.header(firstBlock: 0, chain: other.state.chain)
        header += self.ledger.contents(self.ledger.logs[0]).dropFirst(Segment.headerByteCount)
        let disk = self.ledger.with(self.ledger.logs[0], header)
        #expect(throws: StoreError.self) { _ = try OfflineRepair(on: disk, using: HashVerifier()) }
        let named = try OfflineRepair(on: self.ledger.disk.copy(), chain: self.ledger.chain.state.chain)
        #expect(named.chain == self.ledger.chain.state.chain)
        #expect(throws: StoreError.self) {
            _ = try OfflineRepair(on: self.ledger.disk.copy(), chain: other.state.chain)
        }
        #expect(throws: StoreError.self) { _ = try OfflineRepair(on: MemoryDisk()) }
    }
}
