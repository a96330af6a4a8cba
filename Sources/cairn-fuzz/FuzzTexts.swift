import CairnHash
import CairnLedger

/// Texts that people, clients and logs write.
enum FuzzTexts {
    static func json(_ bytes: [UInt8]) {
        var canonical: [UInt8] = []
        let isTaken = (try? CanonicalJSON.canonicalize(bytes.span.bytes, into: &canonical)) != nil
        precondition(isTaken || canonical.isEmpty, "an error leaves the output as it was")
        precondition(
            !CanonicalJSON.isCanonical(bytes.span.bytes) || canonical == bytes, "canonical text stays as it is")
        guard isTaken else { return }
        guard let value = try? JSONValue(canonical: canonical.span.bytes) else {
            preconditionFailure("what canonicalization writes is canonical")
        }
        var again: [UInt8] = []
        value.encode(into: &again)
        precondition(again == canonical, "a value is written as it was read")
        guard let record = try? Record(json: bytes.span.bytes) else { return }
        precondition(record.canonicalBytes == canonical, "a record is its canonical text")
    }

    static func annex(_ bytes: [UInt8]) {
        if let annex = try? Annex(decoding: bytes.span.bytes) {
            precondition(annex.encoded() == bytes, "an annex is written as it was read")
            if let list = annex.submissions { _ = try? list.check(recordCount: bytes.count) }
        }
        guard let draft = try? MemberChangeDraft(decoding: bytes.span.bytes) else { return }
        let encoded = draft.encoded()
        let again = try? MemberChangeDraft(decoding: encoded.span.bytes)
        precondition(again?.encoded() == encoded, "a change of members is read as it was written")
    }

    static func note(_ bytes: [UInt8]) {
        if let note = try? SignedNote(parsing: bytes) {
            precondition(note.bytes == bytes, "a note is written as it was read")
        }
        if let checkpoint = try? SignedCheckpoint(parsing: bytes) {
            precondition(checkpoint.bytes == bytes, "a checkpoint is written as it was read")
        }
        guard let request = try? AddCheckpointRequest(parsing: bytes) else { return }
        precondition(request.bytes == bytes, "a request to a witness is written as it was read")
    }

    static func proof(_ bytes: [UInt8]) {
        guard let proof = try? TLogProof(parsing: bytes) else { return }
        precondition(proof.bytes == bytes, "a proof is written as it was read")
        _ = try? proof.verify(leafHash: .zero, policy: TrustPolicy())
        guard let native = try? NativeEvidence(decoding: proof.extra.span.bytes) else { return }
        precondition(native.bytes == proof.extra, "evidence is written as it was read")
    }

    static func policy(_ bytes: [UInt8]) {
        guard let policy = try? TrustPolicy(parsing: bytes) else { return }
        guard let again = try? TrustPolicy(parsing: policy.text) else {
            preconditionFailure("a policy is read as it was written")
        }
        precondition(again.text == policy.text, "a policy is written as it was read")
    }

    static func evidence(_ bytes: [UInt8]) {
        guard let evidence = try? ForkEvidence(parsing: bytes) else { return }
        let again = try? ForkEvidence(parsing: evidence.bytes)
        precondition(again?.bytes == evidence.bytes, "evidence of a fork is read as it was written")
        _ = try? evidence.verify(by: TrustPolicy())
    }
}
