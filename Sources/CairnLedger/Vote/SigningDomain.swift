/// Everything that a node key or a recovery key signs, so that a signature made for one purpose is never taken for another.
///
/// | domain | what follows it in the signed message |
/// |---|---|
/// | `cairn/vote/1` | zero byte, chain, epoch, view, kind, block hash: see `Vote` |
/// | `cairn/members/1` | zero byte, chain, epoch, hash of the next set: see `MemberChange` |
/// | `cairn/epoch/2` | zero byte, chain, epoch, hash of the next set, hash of the next settings: see `MemberChange` |
/// | `cairn/recovery/1` | zero byte, chain, epoch, index, previous hash, block hash: see `RecoveryKeys`; by recovery keys |
/// | `cairn/note-keys/1` | zero byte, chain, log key, cosigner key: see `CertifiedNoteKeys` |
/// | `cairn/link/1` | zero byte, chain, expiry, public key of a TLS connection: see docs/links.md |
/// | `cairn/address/1` | zero byte, chain, sequence number, addresses: see docs/links.md |
///
/// Notes (checkpoints and cosignatures) are never signed by a node key, but by keys derived from it: see `NoteKeyring`.
public enum SigningDomain: String, Sendable {
    case vote = "cairn/vote/1"
    case members = "cairn/members/1"
    case epoch = "cairn/epoch/2"
    case recovery = "cairn/recovery/1"
    case noteKeys = "cairn/note-keys/1"
    case link = "cairn/link/1"
    case address = "cairn/address/1"

    /// The domain and a zero byte: no domain is the beginning of another's message.
    public var prefix: [UInt8] { Array(self.rawValue.utf8) + [0] }
}
