import CairnHash
import CairnLedger
import CairnStore

/// Compares a ledger on a disk with the chain that was written to it. Each function returns what is wrong: nothing, when
/// all is as it must be.
struct LedgerCheck {
    let chain: TestChain

    /// Everything that a reader can ask, of a ledger that holds the first blocks of the chain.
    func problems(in store: LedgerStore) -> [String] {
        var problems: [String] = []
        let count = Int(store.head.header.index.rawValue) + 1
        guard count <= self.chain.blocks.count else { return ["the ledger has \(count) blocks"] }
        let known = self.chain.prefix(count)
        if store.head.hash != known.state.headHash { problems.append("the head is another block") }
        do throws(StoreError) {
            for final in known.blocks {
                if try store.block(final.block.index) != final { problems.append("block \(final.block.index) differs") }
                if try store.header(of: final.block.index) != final.block.header {
                    problems.append("the header of block \(final.block.index) differs")
                }
            }
            problems += try self.recordProblems(in: store, known)
            problems += try self.memberProblems(in: store, known)
        } catch {
            problems.append("a read failed: \(error)")
        }
        return problems
    }

    private func memberProblems(in store: LedgerStore, _ known: TestChain) throws(StoreError) -> [String] {
        var problems: [String] = []
        let present = known.state.present
        if store.members != present { problems.append("the members differ") }
        for state in known.states where try store.members(of: state.epoch) != state.members {
            problems.append("the members of epoch \(state.epoch) differ")
        }
        let history = try store.memberHistory()
        do throws(MemberHistoryError) {
            let shown = try history.verify(chain: known.state.chain, using: known.verifier)
            if shown != present { problems.append("the history of members leads to others") }
        } catch {
            problems.append("\(error)")
        }
        return problems
    }

    private func recordProblems(in store: LedgerStore, _ known: TestChain) throws(StoreError) -> [String] {
        var problems: [String] = []
        let size = known.state.head.treeSize
        if try store.leafHashes(from: 0, count: known.leafHashes.count) != known.leafHashes {
            problems.append("the leaf hashes differ")
        }
        var block = 0
        for (number, leafHash) in known.leafHashes.enumerated() {
            let number = RecordNumber(number)
            while !known.states[block].head.treeSize.contains(number) { block += 1 }
            if try store.blockIndex(of: number) != BlockIndex(block) {
                problems.append("record \(number) is not found in block \(block)")
            }
            let record = try store.record(number)
            if record.record.leafHash != leafHash || record.header != known.blocks[block].block.header {
                problems.append("record \(number) differs")
            }
            // In the smallest tree that holds it and in the largest.
            for tree in [known.states[block].head.treeSize, size] {
                let proof = try store.inclusionProof(of: number, in: tree)
                let root = tree == size ? known.state.head.treeRoot : known.states[block].head.treeRoot
                let holds = MerkleProof.verifyInclusion(
                    of: leafHash, at: number, in: tree, path: proof.path, root: root)
                if !holds || proof.leafHash != leafHash { problems.append("the proof of record \(number) is wrong") }
            }
        }
        for state in known.states where state.head.treeSize > 0 {
            let proof = try store.consistencyProof(from: state.head.treeSize, to: size)
            if proof.oldRoot != state.head.treeRoot || proof.newRoot != known.state.head.treeRoot {
                problems.append("the root at \(state.head.treeSize) is wrong")
            }
        }
        return problems
    }

    /// The state that the next block is made from.
    func problems(in found: ChainState) -> [String] {
        let count = Int(found.head.index.rawValue) + 1
        guard count <= self.chain.blocks.count else { return ["the state is behind block \(found.head.index)"] }
        let expected = self.chain.states[count - 1]
        var problems: [String] = []
        if found.head != expected.head || found.headHash != expected.headHash || found.chain != expected.chain {
            problems.append("the state is of another block")
        }
        if found.epoch != expected.epoch || found.members != expected.members {
            problems.append("the state's members differ")
        }
        if found.frontier != expected.frontier { problems.append("the state's tree differs") }
        if found.window.count != expected.window.count { problems.append("the window has \(found.window.count) ids") }
        for id in self.chain.ids where found.window[id] != expected.window[id] {
            problems.append("the window differs at id \(id)")
        }
        return problems
    }

    /// What a whole verification finds. Notes are problems only of a ledger that was closed.
    func verificationProblems(on disk: MemoryDisk, blocks: ClosedRange<Int>, isClosed: Bool) -> [String] {
        do throws(StoreError) {
            let report = try LedgerVerifier.verify(
                on: disk, options: ValidationOptions(deep: true), using: self.chain.verifier)
            var problems = isClosed ? report.notes : []
            if let failure = report.failure { problems.append("verify: \(failure)") }
            if !blocks.contains(Int(report.blocks)) {
                problems.append("verify found \(report.blocks) blocks in place of \(blocks)")
            }
            return problems
        } catch {
            return ["verify: \(error)"]
        }
    }
}
