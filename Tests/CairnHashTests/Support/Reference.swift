import Crypto

/// SHA-256 by somebody else's code.
func referenceSHA256(_ message: [UInt8]) -> [UInt8] {
    Array(SHA256.hash(data: message))
}
