public import CairnHash

/// Two votes of one member that no member may both send: evidence of a lie that anyone can check who knows the
/// epoch's members.
///
/// Encoding: the two votes, one after the other.
public struct Equivocation: Hashable, Sendable {
    public static let byteCount = 2 * SignedVote.byteCount

    public let first: SignedVote
    public let second: SignedVote

    /// Nil unless the two votes contradict each other: same member, epoch and view; two votes of one kind
    /// for different blocks, a finalise and a nullify vote, or a notarise and a support vote.
    public init?(_ first: SignedVote, _ second: SignedVote) {
        guard first.member == second.member, first.epoch == second.epoch, first.view == second.view else { return nil }
        let kinds: Set<Vote.Kind> = [first.kind, second.kind]
        let isContradiction =
            switch kinds {
            case [.notarise], [.support], [.finalise], [.resolve]: first.blockHash != second.blockHash
            case [.finalise, .nullify], [.notarise, .support]: true
            default: false
            }
        guard isContradiction else { return nil }
        self.first = first
        self.second = second
    }

    public var epoch: Epoch { self.first.epoch }
    public var view: View { self.first.view }
    /// The liar's place in the epoch's set.
    public var member: UInt16 { self.first.member }

    /// Checks that both votes were signed by the member that they accuse.
    public func verify(
        members: MemberSet, chain: Digest, using verifier: some SignatureVerifier = Ed25519Verifier()
    ) throws(VoteError) {
        try self.first.verify(members: members, chain: chain, using: verifier)
        try self.second.verify(members: members, chain: chain, using: verifier)
    }

    // MARK: Encoding

    public func encode(into bytes: inout [UInt8]) {
        self.first.encode(into: &bytes)
        self.second.encode(into: &bytes)
    }

    /// Reads evidence that takes exactly all of `bytes`. Nil when its votes don't contradict each other.
    public init?(decoding bytes: RawSpan) throws(VoteError) {
        guard bytes.byteCount == Self.byteCount else {
            throw .wrongSize(neededBytes: Self.byteCount, availableBytes: bytes.byteCount)
        }
        let first = try SignedVote(decoding: bytes.extracting(0..<SignedVote.byteCount))
        let second = try SignedVote(decoding: bytes.extracting(SignedVote.byteCount..<Self.byteCount))
        self.init(first, second)
    }
}
