public import CairnHash

/// Members in an annex: `{"fault_model": …, "members": [{"key": …, "power": …}, …]}`, beside other fields.
extension MemberSet {
    static let fieldNames: Set<String> = ["fault_model", "members"]

    /// The two fields, and nothing else.
    package var json: JSONObject {
        [
            "fault_model": .string(self.faultModel.rawValue),
            "members": .array(
                self.members.map { .object(["key": .string($0.key.description), "power": .integer($0.power)]) }),
        ]
    }

    /// Reads the two fields of an object. The caller makes sure that they are written as `json` writes them.
    package init(in fields: AnnexFields) throws(AnnexError) {
        var members: [Member] = []
        for value in try fields.array("members") {
            let member = try AnnexFields(value, of: fields.path("members"), known: ["key", "power"])
            guard let key = PublicKey(hex: try member.string("key")) else {
                throw .invalidField(member.path("key"))
            }
            members.append(Member(key: key, power: try member.number("power")))
        }
        guard let faultModel = FaultModel(rawValue: try fields.string("fault_model")) else {
            throw .invalidField(fields.path("fault_model"))
        }
        guard let set = MemberSet(members, faultModel: faultModel) else {
            throw .invalidField(fields.path("members"))
        }
        self = set
    }

    /// SHA-256 of the two fields as canonical JSON: what signatures under a change of members name the next set by.
    public var contentHash: Digest {
        var bytes: [UInt8] = []
        JSONValue.object(self.json).encode(into: &bytes)
        return Digest(hashing: bytes)
    }
}
