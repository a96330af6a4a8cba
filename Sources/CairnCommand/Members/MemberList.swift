import CairnHash
package import CairnLedger

/// The present members, as a node tells.
package struct MemberList: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        var member: Member
        var isSelf: Bool
        var isLinked: Bool
    }

    /// With settings that count only if the node tells others that this program knows: `present()`.
    private(set) var epoch: EpochMembers
    var entries: [Entry]
    /// As the node tells them: 0.1.0 doesn't, and has those that the genesis block names, whatever `epoch` says.
    private var settings: JSONValue?
    /// Why this program doesn't know them.
    private var settingsProblem: String?

    package init(_ json: JSONValue, of source: String) throws(CommandFailure) {
        let fields = try AnswerFields(json, of: source)
        self.entries = []
        for json in try fields.array("members") {
            let entry = try AnswerFields(json, of: source)
            guard let key = PublicKey(hex: try entry.string("key")) else {
                throw .failed("\(source): \"key\" in the answer can't be read")
            }
            self.entries.append(
                Entry(
                    member: Member(key: key, power: try entry.uint64("power")),
                    isSelf: entry.optional("self")?.bool == true, isLinked: entry.optional("linked")?.bool == true))
        }
        guard let faultModel = FaultModel(rawValue: try fields.string("fault_model")),
            let members = MemberSet(self.entries.map(\.member), faultModel: faultModel)
        else { throw .failed("\(source): the members in the answer can't be") }
        var settings = EpochSettings()
        self.settings = fields.optional("settings")
        if let json = self.settings {
            do throws(AnnexError) {
                settings = try EpochSettings(json: json)
            } catch {
                self.settingsProblem = "\(source): \(error)"
            }
        }
        self.epoch = EpochMembers(
            chain: try fields.digest("chain"), epoch: Epoch(rawValue: try fields.uint64("epoch")), members: members,
            settings: settings)
    }

    var members: MemberSet { self.epoch.members }

    /// Whether the node says what the settings are.
    var tellsSettings: Bool { self.settings != nil }

    /// What a change is made of.
    ///
    /// - Throws: when this program doesn't know the settings: nobody should sign what it can't judge.
    package func present() throws(CommandFailure) -> EpochMembers {
        if let settingsProblem { throw .failed(settingsProblem) }
        return self.epoch
    }

    package var json: JSONValue {
        var fields = self.memberFields
        if let settings { fields["settings"] = settings }
        return .object(fields)
    }

    private var memberFields: JSONObject {
        [
            "chain": .hash(self.epoch.chain),
            "epoch": .integer(self.epoch.epoch),
            "fault_model": .string(self.members.faultModel.rawValue),
            "quorum_power": .integer(self.members.quorumPower),
            "members": .array(
                self.entries.map { entry in
                    .object([
                        "key": .string(entry.member.key.description), "power": .integer(entry.member.power),
                        "self": .bool(entry.isSelf), "linked": .bool(entry.isLinked),
                    ])
                }),
        ]
    }

    package var text: String {
        let total = self.members.members.reduce(0) { $0 + $1.power }
        let lines = self.entries.map { entry in
            let place = entry.isSelf ? "this node" : entry.isLinked ? "linked" : "no link"
            return "\(entry.member.key)  power \(entry.member.power)  \(place)"
        }
        let settings = self.settingsText.map { "\n\($0)" } ?? ""
        return """
            Epoch \(self.epoch.epoch), \(self.members.faultModel.rawValue): a power of \(self.members.quorumPower) of \(total) decides
            \(lines.joined(separator: "\n"))\(settings)
            """
    }

    private var settingsText: String? {
        guard let settings, self.settingsProblem != nil else {
            return self.tellsSettings ? self.epoch.settings.text : nil
        }
        let text = String(decoding: settings.bytes, as: UTF8.self).withoutControlCharacters
        return "Settings that this program doesn't know (it needs a newer version of Cairn): \(text)"
    }
}
