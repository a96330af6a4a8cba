internal import CairnLedger
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// TLS as links use it: 1.3 alone, each side proves its node key. The certificate is made anew now and then.
final class LinkSecurity: Sendable {
    /// How long a certificate is good, and when the next one is made: a stolen TLS key is of no use after that time,
    /// and clocks may be wrong by the difference.
    static let validity = Duration.seconds(7 * 86_400)
    static let renewal = Duration.seconds(86_400)

    struct Contexts {
        var client: NIOSSLContext
        var server: NIOSSLContext
        var renewAt: Timestamp
    }

    let identity: PeerIdentity
    private let contexts = Mutex<Contexts?>(nil)

    init(identity: PeerIdentity) {
        self.identity = identity
    }

    func contexts(now: Timestamp) throws -> Contexts {
        try self.contexts.withLock { held in
            if let contexts = held, now < contexts.renewAt { return contexts }
            let contexts = try Self.makeContexts(identity: self.identity, now: now)
            held = contexts
            return contexts
        }
    }

    private static func makeContexts(identity: PeerIdentity, now: Timestamp) throws -> Contexts {
        let certificate = try LinkCertificate(identity: identity, expiry: now + Self.validity)
        return try self.makeContexts(
            certificate: certificate.der, privateKey: certificate.privateKeyDER, renewAt: now + Self.renewal)
    }

    static func makeContexts(certificate: [UInt8], privateKey: [UInt8], renewAt: Timestamp) throws -> Contexts {
        let chain = [NIOSSLCertificateSource.certificate(try NIOSSLCertificate(bytes: certificate, format: .der))]
        let key = NIOSSLPrivateKeySource.privateKey(try NIOSSLPrivateKey(bytes: privateKey, format: .der))
        func context(_ base: TLSConfiguration) throws -> NIOSSLContext {
            var configuration = base
            configuration.minimumTLSVersion = .tlsv13
            configuration.certificateChain = chain
            configuration.privateKey = key
            // Asks for a certificate, which `verification` checks by rules of its own. No authority is trusted with
            // anything.
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates([])
            configuration.verifySignatureAlgorithms = [.ecdsaSecp256R1Sha256]
            configuration.shutdownTimeout = .seconds(1)
            return try NIOSSLContext(configuration: configuration)
        }
        return Contexts(
            client: try context(.makeClientConfiguration()),
            server: try context(.makeServerConfiguration(certificateChain: chain, privateKey: key)), renewAt: renewAt)
    }

    /// The check of what the other end of one connection shows. Called on its event loop.
    func verification(
        now: @escaping @Sendable () -> Timestamp,
        _ report: @escaping (Result<PublicKey, LinkCertificateError>) -> Void
    ) -> NIOSSLCustomVerificationCallback {
        let chain = self.identity.chain
        return { certificates, promise in
            let result = Result { () throws(LinkCertificateError) in
                guard certificates.count == 1 else { throw .chainLength(certificates.count) }
                guard let der = try? certificates[0].toDERBytes(),
                    let tlsKey = try? certificates[0].extractPublicKey().toSPKIBytes()
                else { throw .unreadable }
                return try LinkCertificate.verify(der: der, tlsKey: tlsKey, chain: chain, now: now())
            }
            report(result)
            promise.succeed((try? result.get()) == nil ? .failed : .certificateVerified)
        }
    }
}

extension Timestamp {
    static func + (time: Timestamp, duration: Duration) -> Timestamp {
        let microseconds = duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
        return Timestamp(microseconds: time.microseconds &+ UInt64(clamping: microseconds))
    }
}
