package import CairnHash
internal import Crypto

/// An Ed25519 public key (RFC 8032): the identity of a node.
public struct PublicKey: Hashable, Sendable, CustomStringConvertible {
    public static let byteCount = 32

    // Not a hash, but 32 bytes that compare, print and parse alike.
    private let value: CairnHash.Digest

    package init(_ value: CairnHash.Digest) {
        self.value = value
    }

    /// Nil unless there are exactly 32 bytes. Whether they are a point on the curve shows when a signature is checked.
    public init?(bytes: some Collection<UInt8>) {
        guard let value = CairnHash.Digest(bytes: bytes) else { return nil }
        self.value = value
    }

    public init?(hex: some StringProtocol) {
        guard let value = CairnHash.Digest(hex: hex) else { return nil }
        self.value = value
    }

    public var bytes: [UInt8] { self.value.bytes }

    /// 64 lower-case hexadecimal digits.
    public var description: String { self.value.description }

    /// Whether `signature` is this key's over `message` (RFC 8032, section 5.1.7).
    public func isValid(_ signature: Signature, for message: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.bytes) else { return false }
        return key.isValidSignature(signature.bytes, for: message)
    }
}

/// An Ed25519 signature: 64 bytes.
public struct Signature: Hashable, Sendable {
    public static let byteCount = 64

    public let bytes: [UInt8]

    /// Nil unless there are exactly 64 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }
}

/// Who signs: a protocol, so that a simulation of many nodes can use something faster than Ed25519.
public protocol Signer: Sendable {
    associatedtype Verifier: SignatureVerifier

    /// Checks what this kind of signer signs.
    var verifier: Verifier { get }
    var publicKey: PublicKey { get }
    func sign(_ message: [UInt8]) -> Signature
}

/// An Ed25519 private key (RFC 8032).
public struct PrivateKey: Signer {
    public static let seedByteCount = 32

    private let key: Curve25519.Signing.PrivateKey
    public let publicKey: PublicKey

    /// A new key from the system's secure random numbers.
    public init() {
        self.init(Curve25519.Signing.PrivateKey())
    }

    /// The key of a seed (RFC 8032, section 5.1.5). Nil unless there are exactly 32 bytes.
    public init?(seed: [UInt8]) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { return nil }
        self.init(key)
    }

    private init(_ key: Curve25519.Signing.PrivateKey) {
        self.key = key
        guard let publicKey = PublicKey(bytes: key.publicKey.rawRepresentation) else {
            preconditionFailure("an Ed25519 public key has \(PublicKey.byteCount) bytes")
        }
        self.publicKey = publicKey
    }

    public var verifier: Ed25519Verifier { Ed25519Verifier() }

    /// The 32 secret bytes that make this key.
    public var seed: [UInt8] { Array(self.key.rawRepresentation) }

    public func sign(_ message: [UInt8]) -> Signature {
        // Signing fails only when the library has no memory left.
        guard let bytes = try? self.key.signature(for: message), let signature = Signature(bytes: bytes) else {
            preconditionFailure("Ed25519 signing failed")
        }
        return signature
    }
}
