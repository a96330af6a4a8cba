import CairnLedger
import CairnStore
import Testing

/// Every file cut at every length after a clean stop, and lost as a whole.
@Suite("Truncated files")
struct TruncationTests {
    /// The first block of which the log has less than all.
    private func firstMissing(_ ledger: SmallLedger, _ path: String, size: Int) -> BlockIndex? {
        size < Segment.headerByteCount ? ledger.owners[path]?[0] : ledger.owners[path]?[size]
    }

    @Test("a shorter log is never taken for a shorter ledger")
    func logs() throws {
        let ledger = try SmallLedger()
        for path in ledger.logs {
            let bytes = ledger.contents(path)
            for size in 0..<bytes.count {
                let disk = ledger.with(path, Array(bytes[0..<size]))
                let missing = try #require(self.firstMissing(ledger, path, size: size))
                #expect(try SmallLedger.verify(disk).failure?.block == missing, "\(path) cut to \(size)")
                self.expectCorrupt(disk, missing, "\(path) cut to \(size)")
                #expect(disk.contents(of: path)?.count == size)
            }
        }
    }

    @Test("nor is a lost file of it")
    func lostLogs() throws {
        let ledger = try SmallLedger()
        for path in ledger.logs {
            let disk = ledger.disk.copy()
            try disk.remove(path)
            let missing = ledger.owners[path]?[0] ?? 0
            self.expectCorrupt(disk, missing, "\(path) removed")
        }
        let disk = ledger.disk.copy()
        for path in ledger.logs { try disk.remove(path) }
        self.expectCorrupt(disk, 0, "all removed")
        #expect(throws: StoreError.self) { try LedgerStore.create(on: disk, genesis: ledger.chain.genesis) }
    }

    private func expectCorrupt(_ disk: MemoryDisk, _ block: BlockIndex, _ what: String) {
        do throws(StoreError) {
            _ = try SmallLedger.open(disk)
            Issue.record("\(what): it was opened")
        } catch {
            guard case .corrupt(let corruption) = error else {
                Issue.record("\(what): \(error)")
                return
            }
            #expect(corruption.block == block, "\(what)")
        }
    }

    @Test("what a crash left of a frame is cut, and a frame that can't be there is not")
    func longerLogs() throws {
        let ledger = try SmallLedger()
        let path = ledger.logs[1]
        for tail in [[0], Array(repeating: 0, count: 700), Frame.magicBytes] {
            let disk = ledger.with(path, ledger.contents(path) + tail)
            let opened = try SmallLedger.open(disk)
            #expect(opened.repairs.count == 1)
            let problems = ledger.check.problems(in: opened.store)
            #expect(problems.isEmpty)
            #expect(disk.contents(of: path) == ledger.contents(path))
        }
        let again = ledger.contents(path) + ledger.contents(path)[Segment.headerByteCount...]
        let disk = ledger.with(path, again)
        self.expectCorrupt(disk, ledger.chain.state.head.index.next(), "frames twice")
        #expect(disk.contents(of: path) == again)
    }

    @Test("a shorter or lost seal or derived file costs nothing", arguments: 0..<4)
    func derived(part: Int) throws {
        let ledger = try SmallLedger()
        for path in ledger.derived + [Seal.path] {
            let bytes = ledger.contents(path)
            for size in stride(from: part, to: bytes.count, by: path == Seal.path ? 28 : 4) {
                let disk = ledger.with(path, Array(bytes[0..<size]))
                let problems = self.costs(ledger, path, disk)
                #expect(problems.isEmpty, "\(path) cut to \(size)")
            }
            let disk = ledger.disk.copy()
            try disk.remove(path)
            let problems = self.costs(ledger, path, disk)
            #expect(problems.isEmpty, "\(path) removed")
        }
    }

    private func costs(_ ledger: SmallLedger, _ path: String, _ disk: MemoryDisk) -> [String] {
        do throws(StoreError) {
            let report = try SmallLedger.verify(disk)
            var problems = report.failure.map { ["verify: \($0)"] } ?? []
            if report.notes.contains(where: { !$0.hasPrefix(path) }) || report.notes.isEmpty {
                problems.append("notes: \(report.notes)")
            }
            let opened = try SmallLedger.open(disk)
            problems += ledger.check.problems(in: opened.store) + ledger.check.problems(in: opened.chain)
            // Put right for good.
            problems += try SmallLedger.verify(disk).notes
            return problems
        } catch {
            return ["\(error)"]
        }
    }
}
