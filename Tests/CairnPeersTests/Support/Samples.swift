import CairnConsensus
import CairnHash
import CairnLedger
import Testing

/// Values for tests.
enum Samples {
    static let chain = Digest(hashing: Array("a chain".utf8))
    static let otherChain = Digest(hashing: Array("another chain".utf8))

    static func key(_ seed: UInt8) throws -> PrivateKey {
        try #require(PrivateKey(seed: [UInt8](repeating: seed, count: PrivateKey.seedByteCount)))
    }

    static func status(_ view: UInt64) -> NodeMessage {
        .vote(.status(.init(epoch: 1, view: View(rawValue: view), head: 3, headHash: Self.chain, wantsAnswer: false)))
    }
}
