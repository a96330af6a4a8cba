import CairnLedger
import CairnStore

/// Repairs with the blocks of a chain, as somebody would who has another copy of the ledger.
enum RepairHelp {
    struct NotRepaired: Error {
        var why: String
    }

    /// Gives what is needed, from `blocks`. Nil when one that is needed isn't there or is refused.
    static func fill(_ repair: consuming SegmentRepair, from blocks: [FinalBlock]) throws -> VerifiedRepair? {
        var asked: Set<BlockIndex> = []
        while let need = try repair.next() {
            guard asked.insert(need.index).inserted else { throw NotRepaired(why: "\(need.index): \(need.reason)") }
            guard let final = blocks.first(where: { $0.block.index == need.index }) else {
                throw NotRepaired(why: "nobody has block \(need.index)")
            }
            if let refusal = repair.offer(final) { throw NotRepaired(why: "\(need.index): \(refusal)") }
        }
        return try repair.finish()
    }

    /// Repairs a directory as `cairn repair` does it: validates, repairs the segment of the first bad block, again.
    ///
    /// - Returns: the blocks that were replaced.
    @discardableResult
    static func repair(
        _ disk: any Disk, from blocks: [FinalBlock], options: ValidationOptions = ValidationOptions(),
        using verifier: any SignatureVerifier = HashVerifier()
    ) throws -> [BlockIndex] {
        let offline = try OfflineRepair(on: disk, using: verifier)
        var replaced: [BlockIndex] = []
        for _ in 0..<8 {
            let report = offline.validate(options)
            guard let failure = report.failure else {
                _ = try offline.finish()
                return replaced
            }
            guard let block = failure.block else { throw NotRepaired(why: "\(failure)") }
            let begun = try offline.begin(at: block, allCertificates: options.allCertificates)
            guard let verified = try Self.fill(begun, from: blocks) else {
                throw NotRepaired(why: "\(failure), and nothing is bad")
            }
            replaced += verified.blocks
            _ = try offline.install(verified)
        }
        throw NotRepaired(why: "it doesn't end")
    }
}
