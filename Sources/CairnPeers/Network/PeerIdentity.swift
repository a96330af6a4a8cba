public import CairnHash
public import CairnLedger

/// Who a node is to others: the key that it proves to them, and the ledger that the link is for.
public struct PeerIdentity: Sendable {
    public let key: PrivateKey
    public let chain: Digest

    public init(key: PrivateKey, chain: Digest) {
        self.key = key
        self.chain = chain
    }

    public var publicKey: PublicKey { self.key.publicKey }
}
