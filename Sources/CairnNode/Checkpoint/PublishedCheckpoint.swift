public import CairnHash
public import CairnLedger

/// A checkpoint that is signed by a quorum of the members, as it is shown to everybody.
public struct PublishedCheckpoint: Sendable {
    public private(set) var signed: SignedCheckpoint
    /// The note, as `/checkpoint` serves it.
    public private(set) var bytes: [UInt8]
    /// The header and certificate that make it final. Nil where the policy's counting of members says all, and for the
    /// genesis block, which nobody certified.
    public let evidence: NativeEvidence?

    package init(_ signed: SignedCheckpoint, evidence: NativeEvidence?) {
        self.signed = signed
        self.bytes = signed.bytes
        self.evidence = evidence
    }

    public var size: TreeSize { self.signed.checkpoint.size }

    /// Adds witnesses' lines. A newer one of the same key takes the older one's place.
    package mutating func add(_ lines: [NoteSignature]) {
        let kept = self.signed.note.signatures.filter { old in
            !lines.contains { $0.name == old.name && $0.keyID == old.keyID }
        }
        self.signed = SignedCheckpoint(self.signed.checkpoint, signatures: kept + lines)
        self.bytes = self.signed.bytes
    }

    /// A proof that a record is in the tree of this checkpoint. It carries one log line: any one suffices.
    public func proof(of number: RecordNumber, path: [Digest]) -> TLogProof {
        var hasLogLine = false
        let origin = self.signed.checkpoint.origin
        let signatures = self.signed.note.signatures.filter { signature in
            guard signature.name == origin else { return true }
            defer { hasLogLine = true }
            return !hasLogLine
        }
        return TLogProof(
            extra: self.evidence?.bytes ?? [], index: number, path: path,
            checkpoint: SignedCheckpoint(self.signed.checkpoint, signatures: signatures))
    }
}
