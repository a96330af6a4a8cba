public import CairnHash

/// A member's word on a block in a view.
///
/// Signed bytes, integers big-endian: `cairn/vote/1` and a zero byte, chain (32), epoch (8), view (8), kind (1),
/// block hash (32).
public struct Vote: Hashable, Sendable {
    /// What is said: Simplex's three votes (Chan and Pass, IACR ePrint 2023/463), and support. A single member only finalises.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case notarise = 1
        case nullify = 2
        case finalise = 3
        /// Of version 0.1: how a view ended whose leader lied. Journals may hold it, and nobody says it any more.
        case resolve = 4
        /// Counts for a notarisation, from a member that didn't notarise the block and won't: under `AgreementRule.simplex2`.
        case support = 5

        /// Whether a vote of this kind may carry a hash: of a block, or zero where there is none.
        func fits(_ hash: Digest) -> Bool {
            switch self {
            case .notarise, .support, .finalise: hash != .zero
            case .nullify: hash == .zero
            case .resolve: true
            }
        }
    }

    /// The hash of the ledger's genesis block.
    public var chain: Digest
    public var epoch: Epoch
    public var view: View
    public var kind: Kind
    public var blockHash: Digest

    public init(chain: Digest, epoch: Epoch, view: View, kind: Kind, blockHash: Digest) {
        self.chain = chain
        self.epoch = epoch
        self.view = view
        self.kind = kind
        self.blockHash = blockHash
    }

    /// The bytes that are signed.
    public var message: [UInt8] {
        var bytes = SigningDomain.vote.prefix
        bytes.append(self.chain)
        bytes.append(bigEndian: self.epoch.rawValue)
        bytes.append(bigEndian: self.view.rawValue)
        bytes.append(self.kind.rawValue)
        bytes.append(self.blockHash)
        return bytes
    }
}
