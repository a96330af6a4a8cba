import CairnLedger
import CairnLock

/// A key that notes how long signing took.
final class TimedKey: Signer {
    private let key = PrivateKey()
    private let time = Lock(Duration.zero)
    private let clock = ContinuousClock()

    var publicKey: PublicKey { self.key.publicKey }
    var verifier: Ed25519Verifier { self.key.verifier }
    var spent: Duration { self.time.withLock { $0 } }

    func reset() { self.time.withLock { $0 = .zero } }

    func sign(_ message: [UInt8]) -> Signature {
        let began = self.clock.now
        let signature = self.key.sign(message)
        let took = self.clock.now - began
        self.time.withLock { $0 += took }
        return signature
    }
}
