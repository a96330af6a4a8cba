import CairnHash
import CairnLedger

/// The present members, as a node tells.
struct MemberList: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        var member: Member
        var isSelf: Bool
        var isLinked: Bool
    }

    var epoch: EpochMembers
    var entries: [Entry]
    /// Whether the node tells the settings: 0.1.0 doesn't, and has those that the genesis block names, whatever `epoch` says.
    var tellsSettings: Bool

    init(_ json: JSONValue, of source: String) throws(CommandFailure) {
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
        self.tellsSettings = fields.optional("settings") != nil
        if let json = fields.optional("settings") {
            do throws(AnnexError) {
                settings = try EpochSettings(json: json)
            } catch {
                throw .failed("\(source): \(error)")
            }
        }
        self.epoch = EpochMembers(
            chain: try fields.digest("chain"), epoch: Epoch(rawValue: try fields.uint64("epoch")), members: members,
            settings: settings)
    }

    var members: MemberSet { self.epoch.members }

    var json: JSONValue {
        var fields = self.memberFields
        if self.tellsSettings { fields["settings"] = self.epoch.settings.json }
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

    var text: String {
        let total = self.members.members.reduce(0) { $0 + $1.power }
        let lines = self.entries.map { entry in
            let place = entry.isSelf ? "this node" : entry.isLinked ? "linked" : "no link"
            return "\(entry.member.key)  power \(entry.member.power)  \(place)"
        }
        let settings = self.tellsSettings ? "\n\(self.epoch.settings.text)" : ""
        return """
            Epoch \(self.epoch.epoch), \(self.members.faultModel.rawValue): a power of \(self.members.quorumPower) of \(total) decides
            \(lines.joined(separator: "\n"))\(settings)
            """
    }
}
