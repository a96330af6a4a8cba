import CairnConsensus
import CairnHash
import CairnLedger
import CairnPeers
import NIOSSL
import Testing

struct LinkCertificateTests {
    private static let identity = Samples.identity(1)
    private static let expiry = Samples.moment(100).timestamp

    private func verify(
        _ certificate: LinkCertificate, tlsKey: [UInt8]? = nil, chain: Digest = Samples.chain, at seconds: Double = 0
    ) throws -> PublicKey {
        let shown = try NIOSSLCertificate(bytes: certificate.der, format: .der)
        return try LinkCertificate.verify(
            der: certificate.der, tlsKey: try tlsKey ?? shown.extractPublicKey().toSPKIBytes(), chain: chain,
            now: Samples.moment(seconds).timestamp)
    }

    private func extensionValue(of identity: PeerIdentity, expiry: Timestamp, tlsKey: [UInt8]) -> [UInt8] {
        var value: [UInt8] = []
        value.append(identity.chain)
        value.append(contentsOf: identity.publicKey.bytes)
        value.append(bigEndian: expiry.microseconds)
        let message = LinkCertificate.message(chain: identity.chain, expiry: expiry, tlsKey: tlsKey)
        return value + identity.key.sign(message).bytes
    }

    @Test func aNodeIsKnownByItsCertificate() throws {
        let certificate = try LinkCertificate(identity: Self.identity, expiry: Self.expiry)
        #expect(try self.verify(certificate) == Self.identity.publicKey)
        #expect(try self.verify(certificate, at: 99.9) == Self.identity.publicKey)
    }

    @Test func eachHasAKeyOfItsOwn() throws {
        let one = try LinkCertificate(identity: Self.identity, expiry: Self.expiry)
        let two = try LinkCertificate(identity: Self.identity, expiry: Self.expiry)
        #expect(one.privateKeyDER != two.privateKeyDER)
    }

    @Test func whoCopiesAnExtensionLacksItsKey() throws {
        var copied: [UInt8] = []
        _ = try LinkCertificate(expiry: Self.expiry) { tlsKey in
            copied = self.extensionValue(of: Self.identity, expiry: Self.expiry, tlsKey: tlsKey)
            return copied
        }
        let forged = try LinkCertificate(expiry: Self.expiry) { _ in copied }
        #expect(throws: LinkCertificateError.badSignature) { try self.verify(forged) }
    }

    @Test func everyByteOfTheExtensionCounts() throws {
        for place in 0..<136 {
            let changed = try LinkCertificate(expiry: Self.expiry) { tlsKey in
                var value = self.extensionValue(of: Self.identity, expiry: Self.expiry, tlsKey: tlsKey)
                value[place] ^= 1
                return value
            }
            #expect(throws: LinkCertificateError.self) { try self.verify(changed) }
        }
    }

    @Test func otherChainsAndTimes() throws {
        let certificate = try LinkCertificate(identity: Self.identity, expiry: Self.expiry)
        #expect(
            throws: LinkCertificateError.otherChain(expected: Samples.otherChain, found: Samples.chain)
        ) { try self.verify(certificate, chain: Samples.otherChain) }
        #expect(throws: LinkCertificateError.expired(at: Self.expiry, now: Self.expiry)) {
            try self.verify(certificate, at: 100)
        }
    }

    @Test func otherCertificates() throws {
        let short = try LinkCertificate(expiry: Self.expiry) { _ in [1] }
        #expect(throws: LinkCertificateError.wrongSize(bytes: 1)) { try self.verify(short) }
        #expect(throws: LinkCertificateError.unreadable) {
            try LinkCertificate.verify(der: [0x30, 0x80], tlsKey: [], chain: Samples.chain, now: Samples.start)
        }
    }

    @Test func aCertificateIsRenewed() throws {
        let security = LinkSecurity(identity: Self.identity)
        let first = try security.contexts(now: Samples.start)
        #expect(try security.contexts(now: Samples.start).server === first.server)
        let later = try security.contexts(now: Samples.start + LinkSecurity.renewal)
        #expect(later.server !== first.server)
        // The old one is good for long enough.
        #expect(LinkSecurity.renewal < LinkSecurity.validity)
    }
}
