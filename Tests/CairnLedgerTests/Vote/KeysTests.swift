import CairnHash
import CairnLedger
import Testing

struct KeysTests {
    // RFC 8032, section 7.1.
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ])
    func publishedVectors(seed: String, publicKey: String, message: String, signature: String) throws {
        let seedBytes = try #require(Hex.decode(seed))
        let key = try #require(PrivateKey(seed: seedBytes))
        let message = try #require(Hex.decode(message))
        let signatureBytes = try #require(Hex.decode(signature))
        let signature = try #require(Signature(bytes: signatureBytes))
        #expect(key.publicKey.description == publicKey)
        #expect(Hex.encode(key.seed) == seed)
        #expect(key.publicKey.isValid(signature, for: message))
        // Ed25519 signatures are a function of key and message.
        #expect(key.sign(message) == signature)
    }

    @Test func signaturesHoldForOneMessageAndKey() {
        let message = Array("message".utf8)
        let signature = Samples.key(1).sign(message)
        #expect(Samples.key(1).publicKey.isValid(signature, for: message))
        #expect(!Samples.key(1).publicKey.isValid(signature, for: message + [0]))
        #expect(!Samples.key(2).publicKey.isValid(signature, for: message))
        for place in 0..<Signature.byteCount {
            var bytes = signature.bytes
            bytes[place] ^= 0x40
            #expect(Signature(bytes: bytes).map { Samples.key(1).publicKey.isValid($0, for: message) } == false)
        }
    }

    @Test func bytesThatAreNoKeyOrSignature() {
        for count in [0, 31, 33, 64] {
            let bytes = [UInt8](repeating: 1, count: count)
            #expect(PrivateKey(seed: bytes) == nil)
            #expect(PublicKey(bytes: bytes) == nil)
        }
        for count in [0, 63, 65] { #expect(Signature(bytes: [UInt8](repeating: 1, count: count)) == nil) }
        #expect(PublicKey(hex: "xy") == nil)
    }

    @Test func newKeysDiffer() {
        #expect(PrivateKey().publicKey != PrivateKey().publicKey)
    }
}
