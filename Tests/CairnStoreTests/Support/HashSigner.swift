import CairnHash
import CairnLedger

/// Signatures that anyone could forge and that cost next to nothing: for tests that check thousands of them.
struct HashSigner: Signer {
    let publicKey: PublicKey

    /// A key for each number.
    init?(_ number: UInt8) {
        guard let key = PublicKey(bytes: Array(repeating: number, count: PublicKey.byteCount)) else { return nil }
        self.publicKey = key
    }

    var verifier: HashVerifier { HashVerifier() }

    func sign(_ message: [UInt8]) -> Signature {
        let hash = Digest(hashing: self.publicKey.bytes + message)
        guard let signature = Signature(bytes: hash.bytes + hash.bytes) else {
            preconditionFailure("two hashes make a signature")
        }
        return signature
    }
}

struct HashVerifier: SignatureVerifier {
    func isValid(_ signature: Signature, of key: PublicKey, for message: [UInt8]) -> Bool {
        let hash = Digest(hashing: key.bytes + message)
        return signature.bytes == hash.bytes + hash.bytes
    }
}
