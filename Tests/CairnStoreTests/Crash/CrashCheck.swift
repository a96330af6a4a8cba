import CairnLedger
import CairnStore

/// What must hold on a disk that is left of a machine that lost its power during a workload.
struct CrashCheck {
    let chain: TestChain
    let progress: Workload.Progress

    private var check: LedgerCheck { LedgerCheck(chain: self.chain) }

    /// Verifies, opens, compares, goes on writing, and does all of it again. Changes the disk.
    func problems(on disk: MemoryDisk) -> [String] {
        let possible = max(1, self.progress.acknowledged)...max(1, self.progress.begun)
        do throws(StoreError) {
            if try !LedgerStore.exists(on: disk) {
                if self.progress.isFounded { return ["the ledger is gone"] }
                try LedgerStore.create(on: disk, genesis: self.chain.genesis)
            }
            var problems = self.check.verificationProblems(on: disk, blocks: possible, isClosed: false)
            let opened = try Workload.open(disk)
            let count = Int(opened.store.head.header.index.rawValue) + 1
            if !possible.contains(count) { problems.append("\(count) blocks are left of \(possible)") }
            problems += self.check.problems(in: opened.store) + self.check.problems(in: opened.chain)
            // What was put right must hold without a clean stop as well.
            problems += self.check.verificationProblems(on: disk, blocks: count...count, isClosed: true)

            var writer = opened.takeWriter()
            var next = count
            while next < count + 2 || self.chain.blocks[next - 1].certificate == nil {
                let final = self.chain.blocks[next]
                try writer.append(final, leafHashes: final.block.entries.leafHashes())
                if final.certificate != nil { _ = try writer.sync() }
                next += 1
            }
            try writer.close()
            problems += self.check.verificationProblems(on: disk, blocks: next...next, isClosed: true)
            return problems + (try self.reopeningProblems(on: disk, blocks: next))
        } catch {
            return ["it can't be taken up again: \(error)"]
        }
    }

    private func reopeningProblems(on disk: MemoryDisk, blocks: Int) throws(StoreError) -> [String] {
        let opened = try Workload.open(disk)
        var problems = opened.repairs.map { "a repair after a clean stop: \($0)" }
        if opened.store.head.header.index.rawValue + 1 != UInt64(blocks) { problems.append("a block is gone") }
        problems += self.check.problems(in: opened.chain)
        return problems
    }
}
