import CairnLedger
import CairnNode
import Testing

struct RememberedSignaturesTests {
    private let key = PrivateKey()
    private let message = Array("a vote".utf8)

    @Test func saysWhatEd25519Says() {
        let verifier = RememberedSignatures()
        let signature = self.key.sign(self.message)
        for _ in 0..<2 {
            #expect(verifier.isValid(signature, of: self.key.publicKey, for: self.message))
            #expect(!verifier.isValid(signature, of: PrivateKey().publicKey, for: self.message))
            #expect(!verifier.isValid(signature, of: self.key.publicKey, for: self.message + [0]))
            #expect(!verifier.isValid(PrivateKey().sign(self.message), of: self.key.publicKey, for: self.message))
        }
    }

    @Test func forgetsTheOldest() {
        let verifier = RememberedSignatures()
        // Never checked: only what is remembered makes it right.
        let forged = PrivateKey().sign(self.message)
        verifier.remember(forged, of: self.key.publicKey, for: self.message)
        #expect(verifier.isValid(forged, of: self.key.publicKey, for: self.message))
        for number in 0..<4_096 {
            verifier.remember(forged, of: self.key.publicKey, for: [UInt8(number / 256), UInt8(number % 256)])
        }
        #expect(!verifier.isValid(forged, of: self.key.publicKey, for: self.message))
    }
}
