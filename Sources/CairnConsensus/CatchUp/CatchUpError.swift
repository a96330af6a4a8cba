public import CairnLedger

/// What a node sent that no honest node sends when it is asked for blocks.
public enum CatchUpError: Error, Hashable, Sendable {
    /// A message of nothing.
    case empty
    /// This block doesn't stand behind the one before it.
    case notConsecutive(BlockIndex)
    case wrongEpoch(BlockIndex, expected: Epoch, found: Epoch)
    case certificate(BlockIndex, CertificateError)
    case epochEnd(BlockIndex, EpochEndError)
    /// Where one has to be.
    case withoutCertificate(BlockIndex)
    case withoutAnnex(BlockIndex)
    case wrongAnnex(BlockIndex)
    /// Another block than the certified one.
    case otherBlock(BlockIndex)
    /// Records that the block's header doesn't stand for.
    case wrongRecords(BlockIndex)
}

extension CatchUpError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "a message holds no block"
        case .notConsecutive(let index): "block \(index) does not follow the one before it"
        case .wrongEpoch(let index, let expected, let found):
            "block \(index) is of epoch \(found) where \(expected) belongs"
        case .certificate(let index, let error): "the certificate of block \(index) is not valid: \(error)"
        case .epochEnd(let index, let error): "block \(index) ends no epoch: \(error)"
        case .withoutCertificate(let index): "block \(index) comes without its certificate"
        case .withoutAnnex(let index): "block \(index) comes without its annex"
        case .wrongAnnex(let index): "the annex of block \(index) is not the one that its header names"
        case .otherBlock(let index): "block \(index) is another one than a quorum signed"
        case .wrongRecords(let index): "the records of block \(index) are not those that its header stands for"
        }
    }
}
