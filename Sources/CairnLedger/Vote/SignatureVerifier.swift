/// Who checks signatures: a protocol, so that a simulation of many nodes can use something faster than Ed25519.
public protocol SignatureVerifier: Sendable {
    /// Whether `signature` is that of `key`'s owner over `message`.
    func isValid(_ signature: Signature, of key: PublicKey, for message: [UInt8]) -> Bool
}

/// Ed25519 (RFC 8032, section 5.1.7): what every real ledger is checked with.
public struct Ed25519Verifier: SignatureVerifier {
    public init() {}

    public func isValid(_ signature: Signature, of key: PublicKey, for message: [UInt8]) -> Bool {
        key.isValid(signature, for: message)
    }
}
