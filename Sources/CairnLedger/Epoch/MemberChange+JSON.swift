internal import CairnHash

/// The annex field `change`: `{"epoch": …, "fault_model": …, "joining": [<signature>, …], "members": […],
/// "signatures": [[<place>, <signature>], …]}`, signatures as 128 hexadecimal digits; in format 2 also `"format": 2` and
/// `"settings": {…}`, and `"recovery": true` where recovery keys sign the block.
extension MemberChange {
    package var json: JSONValue {
        var fields = self.next.json
        fields["epoch"] = .integer(self.epoch.rawValue)
        if let settings {
            fields["format"] = .integer(Self.formatWithSettings)
            fields["settings"] = settings.json
        }
        if self.isRecovery { fields["recovery"] = .bool(true) }
        fields["joining"] = .array(self.joining.map { .string($0.hex) })
        fields["signatures"] = .array(
            self.signatures.map { .array([.integer(UInt64($0.member)), .string($0.signature.hex)]) })
        return .object(fields)
    }

    package init(json: JSONValue) throws(AnnexError) {
        try Self.checkFormat(of: json)
        let fields = try AnnexFields(
            json, of: "change",
            known: MemberSet.fieldNames.union(["epoch", "format", "joining", "recovery", "settings", "signatures"]))
        self.epoch = Epoch(rawValue: try fields.number("epoch"))
        self.next = try MemberSet(in: fields)
        self.settings = try Self.settings(in: fields)
        // Anything but true is no text that this writes.
        self.isRecovery = fields.optional("recovery") != nil
        guard !self.isRecovery || self.settings != nil else { throw .unknownField("change.recovery") }
        self.joining = []
        for value in try fields.array("joining") {
            guard let signature = value.signature else { throw .invalidField("change.joining") }
            self.joining.append(signature)
        }
        self.signatures = []
        for value in try fields.array("signatures") {
            guard let pair = value.array, pair.count == 2, let place = pair[0].uint64,
                let member = UInt16(exactly: place), let signature = pair[1].signature
            else { throw .invalidField("change.signatures") }
            self.signatures.append(Certificate.MemberSignature(member: member, signature: signature))
        }
        // Hexadecimal digits of the other case would be a second text for the same change.
        guard self.json == json else { throw .invalidField("change") }
    }
}

// MARK: - Format

extension MemberChange {
    static let formatWithSettings: UInt64 = 2

    /// Looked at before anything else: what else there is in another format, this version can't know.
    static func checkFormat(of json: JSONValue) throws(AnnexError) {
        guard case .object(let fields) = json, let format = fields["format"] else { return }
        // The first format has no number.
        guard format.uint64 != 1 else { throw .invalidField("change.format") }
        guard format.uint64 == Self.formatWithSettings else { throw EpochSettings.unknown("format", format) }
    }

    /// Those of a change or a draft; nil in format 1.
    static func settings(in fields: AnnexFields) throws(AnnexError) -> EpochSettings? {
        guard fields.optional("format") != nil else {
            guard fields.optional("settings") == nil else { throw .unknownField(fields.path("settings")) }
            return nil
        }
        return try EpochSettings(json: try fields.value("settings"))
    }
}

extension JSONValue {
    package var signature: Signature? { self.string.flatMap { Hex.decode($0) }.flatMap { Signature(bytes: $0) } }
}

extension Signature {
    /// 128 lower-case hexadecimal digits.
    package var hex: String { Hex.encode(self.bytes) }
}
