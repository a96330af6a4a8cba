/// A private key with the name under which it signs notes.
public struct NoteSigner: Sendable {
    public let key: NoteKey
    private let privateKey: PrivateKey

    public init(name: ExactText, kind: NoteKey.Kind, privateKey: PrivateKey) throws(NoteKeyError) {
        self.key = try NoteKey(name: name, kind: kind, publicKey: privateKey.publicKey)
        self.privateKey = privateKey
    }

    /// - Parameter time: of a cosignature, POSIX time in seconds; a log's signature has none.
    public func sign(_ text: [UInt8], time: UInt64) -> NoteSignature {
        let bytes =
            switch self.key.kind {
            case .log:
                self.privateKey.sign(text).bytes
            case .cosigner:
                Cosignature(
                    time: time, signature: self.privateKey.sign(Cosignature.message(time: time, text: text))
                ).bytes
            }
        return NoteSignature(name: self.key.name, keyID: self.key.id, bytes: bytes)
    }
}
