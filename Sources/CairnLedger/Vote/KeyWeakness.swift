internal import CairnHash

/// Why 32 bytes must not be taken in as somebody's key, though signatures may check against them.
///
/// Ed25519's curve has eight points whose multiple by eight is the neutral element (the *small order*). RFC 8032, section
/// 5.1.7, checks `[8][S]B = [8]R + [8][k]A'`: with such a point as the key A' the message, which only stands in k, falls out of
/// the equation, so that anybody makes up a signature that holds for every message. "The key's holder signed this" then
/// says nothing: who shows such a key proves nothing, and votes of such a member can be written by everybody. (Without the
/// factor 8, as libraries check, it holds for one message in eight at worst, which is as good as all.) Section 5.1.3 has a
/// decoder refuse y beyond the field's prime, and a sign bit with x = 0; libraries take those bytes all the same, and then one
/// point has two names.
///
/// What is refused is a key that comes in: of a link, of a founding, of a change of members, in a policy, of a witness. What
/// is in a chain already stays readable: signatures are checked with whatever key stands there.
public enum KeyWeakness: Error, Hashable, Sendable {
    case smallOrder
    case notCanonical
}

extension KeyWeakness: CustomStringConvertible {
    public var description: String {
        switch self {
        case .smallOrder: "it is a point of small order, whose signatures anybody can make up"
        case .notCanonical: "it is not the one encoding of a point (RFC 8032, section 5.1.3)"
        }
    }
}

extension PublicKey {
    /// Nil for what may be somebody's key.
    public var weakness: KeyWeakness? {
        let bytes = self.bytes
        if Self.smallOrder.contains(bytes) { return .smallOrder }
        return Self.isBeyondPrime(bytes) ? .notCanonical : nil
    }

    /// All encodings that libraries decode to the eight points of small order: y is 1, -1 or 0, or one of the two values of the
    /// four points of order 8; each with both sign bits, and as y + p where that has 255 bits.
    private static let smallOrder: Set<[UInt8]> = {
        let low = [
            // Order 1: y = 1, and 1 + p.
            "0100000000000000000000000000000000000000000000000000000000000000",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            // Order 2: y = -1.
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            // Order 4: y = 0, and p.
            "0000000000000000000000000000000000000000000000000000000000000000",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            // Order 8.
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ].compactMap { CairnHash.Digest(hex: $0)?.bytes }
        let high = low.map { Array($0.dropLast()) + [($0.last ?? 0) | 0x80] }
        return Set(low + high)
    }()

    /// Whether y, without the sign bit, is 2^255 - 19 or more. (x = 0 has y = 1 or -1, which are of small order.)
    private static func isBeyondPrime(_ bytes: [UInt8]) -> Bool {
        guard bytes[0] >= 0xED, bytes[31] & 0x7F == 0x7F else { return false }
        return bytes[1..<31].allSatisfy { $0 == 0xFF }
    }
}
