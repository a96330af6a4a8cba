import CairnHash
import CairnLedger

/// By which keys a ledger's members sign checkpoints.
package struct LedgerNoteKeys: Sendable {
    var origin: String
    var chain: Digest
    var epoch: Epoch
    var members: MemberSet
    var keys: [CertifiedNoteKeys]

    /// - Throws: when a member's keys are missing, or not certified by its node key.
    func policy() throws(CommandFailure) -> TrustPolicy {
        do throws(AssemblyError) {
            return try TrustPolicy(
                origin: ExactText(self.origin), chain: self.chain, epoch: self.epoch, members: self.members,
                keys: self.keys)
        } catch {
            throw .failed("there is no policy: \(error)")
        }
    }
}

extension LedgerNoteKeys {
    /// From a node's answer.
    init(_ fields: AnswerFields, of source: String) throws(CommandFailure) {
        func bad(_ what: String) -> CommandFailure { .failed("\(source): \"\(what)\" in the answer can't be read") }
        func key(_ fields: AnswerFields, _ name: String) throws(CommandFailure) -> PublicKey {
            guard let key = PublicKey(hex: try fields.string(name)) else { throw bad(name) }
            return key
        }
        var members: [Member] = []
        var keys: [CertifiedNoteKeys] = []
        for json in try fields.array("members") {
            let member = try AnswerFields(json, of: source)
            let nodeKey = try key(member, "key")
            members.append(Member(key: nodeKey, power: try member.uint64("power")))
            guard member.optional("log_key") != nil else { continue }
            guard let bytes = Hex.decode(try member.string("signature")), let signature = Signature(bytes: bytes) else {
                throw bad("signature")
            }
            keys.append(
                CertifiedNoteKeys(
                    member: nodeKey, log: try key(member, "log_key"), cosigner: try key(member, "cosigner_key"),
                    signature: signature))
        }
        guard let faultModel = FaultModel(rawValue: try fields.string("fault_model")) else { throw bad("fault_model") }
        guard let set = MemberSet(members, faultModel: faultModel) else { throw bad("members") }
        self.init(
            origin: try fields.string("origin"), chain: try fields.digest("chain"),
            epoch: Epoch(rawValue: try fields.uint64("epoch")), members: set, keys: keys)
    }
}
