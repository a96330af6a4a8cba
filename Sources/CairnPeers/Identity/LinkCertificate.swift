package import CairnHash
package import CairnLedger
internal import Crypto
internal import SwiftASN1
internal import X509

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What a node shows in the TLS handshake: a self-signed certificate of a fresh P-256 key, with an extension by which
/// the node's own key vouches for it, as in libp2p's TLS handshake (libp2p specs, `tls/tls.md`).
///
/// The extension's value:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 32 | chain |
/// | 32 | 32 | the node's public key |
/// | 64 | 8 | expiry: microseconds since 1970, big-endian |
/// | 72 | 64 | the node key's signature |
///
/// The signature is over `cairn/link/1`, a zero byte, chain (32), expiry (8), and the TLS key's SubjectPublicKeyInfo in
/// DER.
/// Nothing else of the certificate is looked at: whoever holds the TLS key could write any name and date into it.
package struct LinkCertificate {
    /// The number of the extension: the UUID that ends with `CRN1`. Not a random UUID, since common libraries don't
    /// read parts of such numbers beyond 31 bits.
    static let extensionID: ASN1ObjectIdentifier = [2, 25, 0x4352_4E31]
    private static let extensionByteCount = 136

    package let der: [UInt8]
    package let privateKeyDER: [UInt8]
    /// The TLS key's SubjectPublicKeyInfo.
    package let tlsKey: [UInt8]
    package let expiry: Timestamp

    package init(identity: PeerIdentity, expiry: Timestamp) throws {
        try self.init(expiry: expiry) { tlsKey in
            var value: [UInt8] = []
            value.append(identity.chain)
            value.append(contentsOf: identity.publicKey.bytes)
            value.append(bigEndian: expiry.microseconds)
            let message = Self.message(chain: identity.chain, expiry: expiry, tlsKey: tlsKey)
            value.append(contentsOf: identity.key.sign(message).bytes)
            return value
        }
    }

    /// - Parameter extensionValue: what to put into the extension, given the SubjectPublicKeyInfo of the TLS key.
    package init(expiry: Timestamp, extensionValue: (_ tlsKey: [UInt8]) -> [UInt8]) throws {
        let key = P256.Signing.PrivateKey()
        self.tlsKey = [UInt8](key.publicKey.derRepresentation)
        let value = extensionValue(self.tlsKey)
        let name = try DistinguishedName { CommonName("cairn") }
        let certificate = try X509.Certificate(
            version: .v3, serialNumber: X509.Certificate.SerialNumber(),
            publicKey: X509.Certificate.PublicKey(key.publicKey),
            // No certain beginning and end (RFC 5280, section 4.1.2.5): what counts is in the extension.
            notValidBefore: Date(timeIntervalSince1970: 0), notValidAfter: Date(timeIntervalSince1970: 253_402_300_799),
            issuer: name, subject: name,
            extensions: X509.Certificate.Extensions([
                X509.Certificate.Extension(oid: Self.extensionID, critical: false, value: value[...])
            ]),
            issuerPrivateKey: X509.Certificate.PrivateKey(key))
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        self.der = serializer.serializedBytes
        self.privateKeyDER = [UInt8](key.derRepresentation)
        self.expiry = expiry
    }

    package static func message(chain: CairnHash.Digest, expiry: Timestamp, tlsKey: [UInt8]) -> [UInt8] {
        var bytes = SigningDomain.link.prefix
        bytes.append(chain)
        bytes.append(bigEndian: expiry.microseconds)
        return bytes + tlsKey
    }

    /// Checks what somebody showed, and tells which node that is.
    ///
    /// TLS itself makes sure that the other end holds the private key of `tlsKey`.
    ///
    /// - Parameter tlsKey: the certificate's SubjectPublicKeyInfo, as TLS uses it.
    package static func verify(
        der: [UInt8], tlsKey: [UInt8], chain: CairnHash.Digest, now: Timestamp
    ) throws(LinkCertificateError) -> CairnLedger.PublicKey {
        guard let certificate = try? X509.Certificate(derEncoded: der) else { throw .unreadable }
        guard let field = certificate.extensions[oid: Self.extensionID] else { throw .noExtension }
        guard field.value.count == Self.extensionByteCount else { throw .wrongSize(bytes: field.value.count) }
        let value = Array(field.value).span.bytes
        let theirs = value.digest(at: 0)
        guard theirs == chain else { throw .otherChain(expected: chain, found: theirs) }
        let expiry = Timestamp(microseconds: value.integer(at: 64, as: UInt64.self))
        guard let node = CairnLedger.PublicKey(bytes: value.array(32..<64)) else { throw .badSignature }
        if let weakness = node.weakness { throw .weakKey(weakness) }
        guard let signature = CairnLedger.Signature(bytes: value.array(72..<Self.extensionByteCount)),
            node.isValid(signature, for: Self.message(chain: chain, expiry: expiry, tlsKey: tlsKey))
        else { throw .badSignature }
        guard now < expiry else { throw .expired(at: expiry, now: now) }
        return node
    }
}

/// Why what somebody showed in a TLS handshake is no proof of a node's key.
package enum LinkCertificateError: Error, Hashable {
    case unreadable
    /// Not one certificate, but another number.
    case chainLength(Int)
    case noExtension
    case wrongSize(bytes: Int)
    case otherChain(expected: CairnHash.Digest, found: CairnHash.Digest)
    case badSignature
    case weakKey(KeyWeakness)
    case expired(at: Timestamp, now: Timestamp)
}

extension LinkCertificateError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable: "its certificate can't be read"
        case .chainLength(let count): "it shows \(count) certificates in place of one"
        case .noExtension: "its certificate has no extension that names a node: it is no Cairn node"
        case .wrongSize(let bytes):
            "the extension of its certificate has \(bytes) bytes, which is not how many it should have"
        case .otherChain(let expected, let found): "it is of ledger \(found), and this node of \(expected)"
        case .badSignature:
            "the node key in its certificate didn't sign for this TLS key: somebody may be in the middle"
        case .weakKey(let weakness): "the node key in its certificate proves nothing: \(weakness)"
        case .expired(let expiry, let now):
            "its certificate was good until \(expiry), and it is \(now) here: is one of the clocks wrong?"
        }
    }
}
