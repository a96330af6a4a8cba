import CairnHash
import CairnLedger

/// A block in a list, for people.
package enum BlockText {
    /// Hash digits that tell the blocks of one ledger apart.
    private static let shortHashDigits = 12

    package static func line(_ block: BlockSummary) -> String {
        let hash = block.hash.description.prefix(Self.shortHashDigits)
        // To the second.
        let time = block.timestamp.withoutControlCharacters.prefix(19) + "Z"
        let noun = block.recordCount == 0 ? "" : block.recordCount == 1 ? "record " : "records "
        return "\(block.index) \(hash) \(time) \(noun)\(Self.records(block))"
    }

    package static func paragraph(_ block: BlockSummary) -> String {
        """
        block \(block.index) \(block.hash)
        Date:    \(block.timestamp.withoutControlCharacters)
        Root:    \(block.treeRoot) (\(Readable.count(block.treeSize.rawValue, "record")))
        Records: \(Self.records(block))

        """
    }

    private static func records(_ block: BlockSummary) -> String {
        switch block.recordCount {
        case 0: block.index == 0 ? "none (genesis)" : "none"
        case 1: "\(block.firstRecord)"
        default: "\(block.firstRecord)-\(block.lastRecord) (\(Readable.count(block.recordCount)))"
        }
    }
}
