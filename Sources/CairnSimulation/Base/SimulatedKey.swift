import CairnHash
package import CairnLedger

/// A node's key: a keyed hash in most simulations, Ed25519 in a few.
///
/// The hash is no signature scheme: whoever can check can also sign. It serves here because no code of a liar is given
/// another node's key, so that a forgery has to be guessed, as with Ed25519.
package struct SimulatedKey: Signer {
    package enum Signing: Sendable {
        case hashed, ed25519
    }

    private enum Secret: Sendable {
        case hashed([UInt8])
        case ed25519(PrivateKey)
    }

    private let secret: Secret
    package let publicKey: PublicKey
    package private(set) var verifier = SimulatedVerifier()

    /// - Parameter secret: 32 bytes.
    private init(secret: [UInt8], signing: Signing) {
        switch signing {
        case .hashed:
            guard let publicKey = PublicKey(bytes: Digest(hashing: secret).bytes) else {
                preconditionFailure("a digest has as many bytes as a key")
            }
            self.secret = .hashed(secret)
            self.publicKey = publicKey
        case .ed25519:
            guard let key = PrivateKey(seed: secret) else { preconditionFailure("a seed has 32 bytes") }
            self.secret = .ed25519(key)
            self.publicKey = key.publicKey
        }
    }

    /// The keys of all nodes that there may be. Each can check what the others sign.
    package static func make(_ count: Int, signing: Signing, using draw: inout SeededGenerator) -> [SimulatedKey] {
        let keys = (0..<count).map { _ in SimulatedKey(secret: draw.bytes(32), signing: signing) }
        var verifier = SimulatedVerifier()
        for key in keys {
            if case .hashed(let secret) = key.secret { verifier.add(key.publicKey, secret: secret) }
        }
        return keys.map { key in
            var key = key
            key.verifier = verifier
            return key
        }
    }

    package func sign(_ message: [UInt8]) -> Signature {
        switch self.secret {
        case .hashed(let secret): Self.hashedSignature(secret: secret, message)
        case .ed25519(let key): key.sign(message)
        }
    }

    /// SHA-256 of secret and message, twice, to fill 64 bytes.
    fileprivate static func hashedSignature(secret: [UInt8], _ message: [UInt8]) -> Signature {
        let half = Digest(hashing: secret + message).bytes
        guard let signature = Signature(bytes: half + half) else { preconditionFailure("two digests are 64 bytes") }
        return signature
    }
}

/// Checks the signatures of one simulation.
package struct SimulatedVerifier: SignatureVerifier {
    /// Of keyed hashes; a key that isn't here is an Ed25519 key.
    private var secrets: [PublicKey: [UInt8]] = [:]
    /// Believes everything: a planted bug.
    private var isCareless = false

    fileprivate mutating func add(_ key: PublicKey, secret: [UInt8]) { self.secrets[key] = secret }

    var careless: SimulatedVerifier {
        var verifier = self
        verifier.isCareless = true
        return verifier
    }

    package func isValid(_ signature: Signature, of key: PublicKey, for message: [UInt8]) -> Bool {
        if self.isCareless { return true }
        guard let secret = self.secrets[key] else { return key.isValid(signature, for: message) }
        return signature == SimulatedKey.hashedSignature(secret: secret, message)
    }
}
