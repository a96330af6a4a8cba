/// Text that is compared byte by byte. Swift's `String` takes two spellings of one character for equal, which names of
/// keys and logs must not be.
public struct ExactText: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let bytes: [UInt8]

    public init(_ text: String) {
        self.bytes = Array(text.utf8)
    }

    public init(bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    public init(stringLiteral text: String) {
        self.init(text)
    }

    public var description: String { String(decoding: self.bytes, as: UTF8.self) }
}
