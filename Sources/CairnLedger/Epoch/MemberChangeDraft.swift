public import CairnHash

/// A change of members on its way between those who have to sign it: what is to become, and the signatures so far.
public struct MemberChangeDraft: Hashable, Sendable {
    /// The hash of the genesis block.
    public let chain: Digest
    /// The epoch that the change is to end.
    public let epoch: Epoch
    public let next: MemberSet
    /// The next settings; nil leaves them as they are, in a change of format 1.
    public let settings: EpochSettings?
    public private(set) var signatures: [PublicKey: Signature]

    public init(chain: Digest, epoch: Epoch, next: MemberSet, settings: EpochSettings? = nil) {
        self.chain = chain
        self.epoch = epoch
        self.next = next
        self.settings = settings
        self.signatures = [:]
    }

    private var message: [UInt8] {
        MemberChange.message(chain: self.chain, epoch: self.epoch, next: self.next, settings: self.settings)
    }

    // MARK: Collecting signatures

    public mutating func sign(with signer: some Signer) {
        self.signatures[signer.publicKey] = signer.sign(self.message)
    }

    /// Takes over the signatures of another draft of the same change.
    public mutating func merge(_ other: MemberChangeDraft) throws(MemberChangeError) {
        guard other.chain == self.chain else { throw .otherChain(expected: self.chain, found: other.chain) }
        guard other.epoch == self.epoch else { throw .otherEpoch(expected: self.epoch, found: other.epoch) }
        guard other.next == self.next, other.settings == self.settings else { throw .otherMembers }
        self.signatures.merge(other.signatures) { mine, _ in mine }
    }

    /// The change, when all who have to sign it have. Signatures that don't count are an error, not left out: somebody
    /// thinks that they do.
    public func change(
        present: EpochMembers, using verifier: some SignatureVerifier = Ed25519Verifier()
    ) throws(MemberChangeError) -> MemberChange {
        guard self.chain == present.chain else { throw .otherChain(expected: present.chain, found: self.chain) }
        try self.next.checkKeys(joining: present.members)
        try self.settings?.recovery?.checkKeys()
        var left = self.signatures
        var signatures: [Certificate.MemberSignature] = []
        for (place, member) in present.members.members.enumerated() {
            guard let signature = left.removeValue(forKey: member.key) else { continue }
            signatures.append(Certificate.MemberSignature(member: UInt16(place), signature: signature))
        }
        var joining: [Signature] = []
        for key in self.next.keys(joining: present.members) {
            guard let signature = left.removeValue(forKey: key) else { throw .missingSignature(key) }
            joining.append(signature)
        }
        if let key = left.keys.min(by: { $0.description < $1.description }) { throw .unknownSigner(key) }
        let change = MemberChange(
            epoch: self.epoch, next: self.next, settings: self.settings, signatures: signatures, joining: joining)
        try change.verify(present: present, using: verifier)
        return change
    }
}

// MARK: - File form

/// A canonical JSON object: `{"chain": …, "epoch": …, "fault_model": …, "members": […], "signatures": [{"key": …,
/// "signature": …}, …]}`, signatures by ascending key; with settings also `"format": 2` and `"settings": {…}`.
extension MemberChangeDraft {
    private var json: JSONValue {
        var fields = self.next.json
        fields["chain"] = .string(self.chain.description)
        fields["epoch"] = .integer(self.epoch.rawValue)
        if let settings {
            fields["format"] = .integer(MemberChange.formatWithSettings)
            fields["settings"] = settings.json
        }
        let texts = self.signatures.map { (key: $0.key.description, signature: $0.value.hex) }
        fields["signatures"] = .array(
            texts.sorted { $0.key < $1.key }.map {
                .object(["key": .string($0.key), "signature": .string($0.signature)])
            })
        return .object(fields)
    }

    /// What a file holds; without a newline at its end.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        self.json.encode(into: &bytes)
        return bytes
    }

    /// Reads what a file holds. White space doesn't matter, since people may have looked at it with an editor.
    public init(decoding bytes: RawSpan) throws(MemberChangeError) {
        do throws(AnnexError) {
            try self.init(fields: try Self.fields(of: bytes))
        } catch {
            throw .form(error)
        }
    }

    private static func fields(of text: RawSpan) throws(AnnexError) -> AnnexFields {
        let json: JSONValue
        do throws(CanonicalJSONError) {
            var canonical: [UInt8] = []
            try CanonicalJSON.canonicalize(text, into: &canonical)
            json = try JSONValue(canonical: canonical.span.bytes)
        } catch {
            throw .json(error)
        }
        try MemberChange.checkFormat(of: json)
        return try AnnexFields(
            json, of: "change",
            known: MemberSet.fieldNames.union(["chain", "epoch", "format", "settings", "signatures"]))
    }

    private init(fields: AnnexFields) throws(AnnexError) {
        guard let chain = Digest(hex: try fields.string("chain")) else { throw .invalidField("change.chain") }
        self.init(
            chain: chain, epoch: Epoch(rawValue: try fields.number("epoch")), next: try MemberSet(in: fields),
            settings: try MemberChange.settings(in: fields))
        for value in try fields.array("signatures") {
            let item = try AnnexFields(value, of: "change.signatures", known: ["key", "signature"])
            guard let key = PublicKey(hex: try item.string("key")) else {
                throw .invalidField("change.signatures.key")
            }
            guard let signature = try item.value("signature").signature else {
                throw .invalidField("change.signatures.signature")
            }
            guard self.signatures.updateValue(signature, forKey: key) == nil else {
                throw .invalidField("change.signatures")
            }
        }
    }
}
