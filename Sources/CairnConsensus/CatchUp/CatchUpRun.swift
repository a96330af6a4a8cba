package import CairnHash
public import CairnLedger

/// Consecutive blocks that are there, to be checked behind the newest checked one; the last one has a certificate.
public struct CatchUpRun: Sendable {
    package let tip: ChainTip
    /// At least one. The certificates were checked.
    package let blocks: [(block: HashedBlock, certificate: Certificate?)]

    /// Checks all that is left: the tree over the records, annexes, and every other rule of the chain.
    ///
    /// About a hash a record, and a signature check (about 0.1 ms) for each signature under a change of members.
    public func check(using verifier: some SignatureVerifier) -> CheckedRun {
        var tip = self.tip
        var checked: [(block: CheckedBlock, certificate: Certificate?)] = []
        checked.reserveCapacity(self.blocks.count)
        for (block, certificate) in self.blocks {
            do throws(BlockError) {
                let next = try tip.check(block, using: verifier)
                checked.append((next, certificate))
                tip = next.tip
            } catch {
                return CheckedRun(behind: self.tip.hash, result: .bad(block.block.index, error))
            }
        }
        return CheckedRun(behind: self.tip.hash, result: .good(checked, tip))
    }
}

/// What came of a run's check.
public struct CheckedRun: Sendable {
    package enum Result: Sendable {
        case good([(block: CheckedBlock, certificate: Certificate?)], ChainTip)
        case bad(BlockIndex, BlockError)
    }

    /// The hash of the block that it was checked behind.
    package let behind: Digest
    package let result: Result

    fileprivate init(behind: Digest, result: Result) {
        self.behind = behind
        self.result = result
    }
}
