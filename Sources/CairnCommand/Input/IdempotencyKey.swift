/// What a client may call a submission, so that it can be sent over HTTP as it is.
package enum IdempotencyKey {
    package static let bytesMax = 255
    static let expectation = "1 to \(bytesMax) visible ASCII characters without quotation marks"

    package static func isValid(_ key: String) -> Bool {
        (1...Self.bytesMax).contains(key.utf8.count)
            && key.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
    }
}
