internal import CairnHash
internal import CairnLedger

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

// Values of the ledger that stand in a message as bytes.

extension Digest {
    init(wire: Data, of field: String) throws(WireError) {
        guard let digest = Digest(bytes: wire) else {
            throw .wrongSize(field: field, neededBytes: Self.byteCount, availableBytes: wire.count)
        }
        self = digest
    }
}

extension PublicKey {
    init(wire: Data, of field: String) throws(WireError) {
        guard let key = PublicKey(bytes: wire) else {
            throw .wrongSize(field: field, neededBytes: Self.byteCount, availableBytes: wire.count)
        }
        if let weakness = key.weakness { throw .key(weakness, field: field) }
        self = key
    }
}

extension Signature {
    init(wire: Data, of field: String) throws(WireError) {
        guard let signature = Signature(bytes: wire) else {
            throw .wrongSize(field: field, neededBytes: Self.byteCount, availableBytes: wire.count)
        }
        self = signature
    }
}

extension ClosedRange where Bound: LedgerNumber {
    init(wire first: UInt64, _ last: UInt64, of field: String) throws(WireError) {
        guard first <= last else { throw .invalid(field: field) }
        self = Bound(rawValue: first)...Bound(rawValue: last)
    }
}

extension BlockHeader {
    init(wire: Data, of field: String) throws(WireError) {
        guard wire.count == Self.byteCount else {
            throw .wrongSize(field: field, neededBytes: Self.byteCount, availableBytes: wire.count)
        }
        do throws(BlockDecodingError) {
            try self.init(decoding: wire.bytes)
        } catch {
            throw .block(error, field: field)
        }
    }
}

extension Block {
    init(wire: Data, of field: String) throws(WireError) {
        do throws(BlockDecodingError) {
            try self.init(decoding: wire.bytes)
        } catch {
            throw .block(error, field: field)
        }
    }
}

extension SignedVote {
    init(wire: Data) throws(WireError) {
        do throws(VoteError) {
            try self.init(decoding: wire.bytes)
        } catch {
            throw .vote(error)
        }
    }
}

extension Certificate {
    init(wire: Cairn_Link_V1_VoteCertificate) throws(WireError) {
        guard let kind = UInt8(exactly: wire.kind).flatMap({ Vote.Kind(rawValue: $0) }) else {
            throw .invalid(field: "certificate.kind")
        }
        do throws(CertificateError) {
            try self.init(decoding: wire.certificate.bytes, kind: kind)
        } catch {
            throw .certificate(error, field: "certificate")
        }
    }

    /// Nil when there are no bytes.
    init?(optional wire: Data, of field: String) throws(WireError) {
        guard !wire.isEmpty else { return nil }
        do throws(CertificateError) {
            try self.init(decoding: wire.bytes)
        } catch {
            throw .certificate(error, field: field)
        }
    }
}

extension MemberChange {
    init(wire: Data) throws(WireError) {
        guard wire.count <= MemberChange.encodedBytesMax else {
            throw .tooLarge(bytes: wire.count, limit: MemberChange.encodedBytesMax)
        }
        let annex: Annex
        do throws(AnnexError) {
            annex = try Annex(decoding: wire.bytes)
        } catch {
            throw .change(error)
        }
        guard let change = annex.change, annex.genesis == nil, annex.submissions == nil else {
            throw .invalid(field: "change")
        }
        self = change
    }
}

extension Submission {
    init(wire: Cairn_Link_V1_Submission) throws(WireError) {
        guard wire.entries.count <= Self.entryBytesMax else {
            throw .tooLarge(bytes: wire.entries.count, limit: Self.entryBytesMax)
        }
        var id: SubmissionID?
        if !wire.id.isEmpty {
            id = SubmissionID(storedBytes: [UInt8](wire.id))
            guard id != nil else {
                throw .wrongSize(
                    field: "submissions.id", neededBytes: SubmissionID.byteCount, availableBytes: wire.id.count)
            }
        }
        let entries: Entries
        do throws(BlockDecodingError) {
            entries = try Entries(decoding: [UInt8](wire.entries))
        } catch {
            throw .block(error, field: "submissions.entries")
        }
        do throws(SubmissionError) {
            try self.init(id: id, entries: entries)
        } catch {
            throw .submission(error)
        }
    }
}
