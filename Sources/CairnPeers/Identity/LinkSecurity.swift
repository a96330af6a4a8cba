package import CairnLedger
internal import CairnLock
internal import NIOCore
package import NIOSSL

/// TLS as links use it: 1.3 alone, each side proves its node key. The certificate is made anew now and then.
package final class LinkSecurity: Sendable {
    /// How long a certificate is good, and when the next one is made: a stolen TLS key is of no use after that time,
    /// and clocks may be wrong by the difference.
    package static let validity = Duration.seconds(7 * 86_400)
    package static let renewal = Duration.seconds(86_400)

    package struct Contexts {
        package var client: NIOSSLContext
        package var server: NIOSSLContext
        var renewAt: Timestamp
    }

    package let identity: PeerIdentity
    private let contexts = Lock<Contexts?>(nil)
    /// The TLS keys that this process made, the newest last: who shows one of them is this process itself.
    private let ownKeys = Lock<[[UInt8]]>([])
    private static let ownKeysMax = 16

    package init(identity: PeerIdentity) {
        self.identity = identity
    }

    package func contexts(now: Timestamp) throws -> Contexts {
        try self.contexts.withLock { held in
            if let contexts = held, now < contexts.renewAt { return contexts }
            let contexts = try self.makeContexts(now: now)
            held = contexts
            return contexts
        }
    }

    private func makeContexts(now: Timestamp) throws -> Contexts {
        let certificate = try LinkCertificate(identity: self.identity, expiry: now + Self.validity)
        self.ownKeys.withLock { $0 = $0.suffix(Self.ownKeysMax - 1) + [certificate.tlsKey] }
        return try Self.makeContexts(
            certificate: certificate.der, privateKey: certificate.privateKeyDER, renewAt: now + Self.renewal)
    }

    package static func makeContexts(certificate: [UInt8], privateKey: [UInt8], renewAt: Timestamp) throws -> Contexts {
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
        _ report: @escaping (Result<ProvenNode, LinkCertificateError>) -> Void
    ) -> NIOSSLCustomVerificationCallback {
        let chain = self.identity.chain
        return { certificates, promise in
            let result = Result { () throws(LinkCertificateError) in
                guard certificates.count == 1 else { throw .chainLength(certificates.count) }
                guard let der = try? certificates[0].toDERBytes(),
                    let tlsKey = try? certificates[0].extractPublicKey().toSPKIBytes()
                else { throw .unreadable }
                let node = try LinkCertificate.verify(der: der, tlsKey: tlsKey, chain: chain, now: now())
                return ProvenNode(key: node, isThisProcess: self.ownKeys.withLock { $0.contains(tlsKey) })
            }
            report(result)
            promise.succeed((try? result.get()) == nil ? .failed : .certificateVerified)
        }
    }
}

/// Who is at the other end of a connection.
struct ProvenNode {
    var key: PublicKey
    /// Whether it showed a TLS key that this process made: a node that dials its own address.
    var isThisProcess: Bool
}

extension Timestamp {
    package static func + (time: Timestamp, duration: Duration) -> Timestamp {
        let microseconds = duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
        return Timestamp(microseconds: time.microseconds &+ UInt64(clamping: microseconds))
    }
}
