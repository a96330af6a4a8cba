internal import CairnHash

extension GenesisSettings {
    package var json: JSONValue {
        var fields = self.members.json
        // Ledgers of version 0.1 don't name it.
        if self.agreement != .simplex1 { fields["agreement"] = .string(self.agreement.rawValue) }
        fields["format"] = .integer(Self.format)
        fields["limits"] = EpochSettings.limits(submissionWindow: self.submissionWindow)
        fields["message"] = .string(self.message)
        fields["name"] = .string(self.name)
        fields["predecessor"] = self.predecessor?.json
        fields["random"] = .string(Hex.encode(self.random))
        fields["rule"] = .string("vote")
        return .object(fields)
    }

    package init(json: JSONValue) throws(AnnexError) {
        let fields = try AnnexFields(
            json, of: "genesis",
            known: MemberSet.fieldNames.union([
                "agreement", "format", "limits", "message", "name", "predecessor", "random", "rule",
            ]))
        try Self.check(try fields.number("format"), is: Self.format, of: "genesis.format")
        guard try fields.string("rule") == "vote" else { throw .invalidField("genesis.rule") }

        let limits = try AnnexFields(
            try fields.value("limits"), of: "genesis.limits",
            known: Set(EpochSettings.fixedLimits.map(\.name)).union(["submission_window"]))
        for limit in EpochSettings.fixedLimits {
            try Self.check(try limits.number(limit.name), is: limit.value, of: "genesis.limits.\(limit.name)")
        }
        let name = try fields.string("name")
        let message = try fields.string("message")
        let window = try limits.number("submission_window")
        let members = try MemberSet(in: fields)
        guard let random = Hex.decode(try fields.string("random")) else { throw .invalidField("genesis.random") }
        var agreement = AgreementRule.simplex1
        if let named = fields.optional("agreement") {
            guard let known = named.string.flatMap(AgreementRule.init(rawValue:)) else {
                throw EpochSettings.unknown("genesis.agreement", named)
            }
            agreement = known
        }
        let predecessor = try fields.optional("predecessor").map(Predecessor.init(json:))
        do throws(SettingsError) {
            try self.init(
                name: name, message: message, random: random, members: members, agreement: agreement,
                submissionWindow: window, predecessor: predecessor)
        } catch {
            throw .settings(error)
        }
        // Hexadecimal digits of the other case would be a second text for the same settings.
        guard self.json == json else { throw .invalidField("genesis") }
    }

    private static func check(_ found: UInt64, is supported: UInt64, of field: String) throws(AnnexError) {
        guard found == supported else { throw .unsupported(field: field, found: found, supported: supported) }
    }
}
