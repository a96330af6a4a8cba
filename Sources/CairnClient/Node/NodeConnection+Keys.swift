internal import CairnHash
internal import CairnLedger

/// By which keys a ledger's members sign checkpoints, as a node says.
struct NodeNoteKeys: Sendable {
    var origin: ExactText
    var chain: Digest
    var epoch: Epoch
    var members: MemberSet
    /// Not checked yet.
    var keys: [CertifiedNoteKeys]
}

/// Whom a genesis block names.
struct Founders: Sendable {
    var origin: ExactText
    /// The block's hash, made here.
    var chain: Digest
    var members: MemberSet
}

extension NodeConnection {
    func noteKeys() async throws(LedgerClientError) -> NodeNoteKeys {
        let answer = try await self.json("/v1/note-keys")
        var members: [Member] = []
        var keys: [CertifiedNoteKeys] = []
        for member in try answer.objects("members") {
            let key = try member.publicKey("key")
            members.append(Member(key: key, power: try member.number("power")))
            // Those of a member that this node has not met are missing.
            guard member.optional("log_key") != nil else { continue }
            let signature = try member.value("signature") {
                $0.string.flatMap { Hex.decode($0) }.flatMap { Signature(bytes: $0) }
            }
            keys.append(
                CertifiedNoteKeys(
                    member: key, log: try member.publicKey("log_key"), cosigner: try member.publicKey("cosigner_key"),
                    signature: signature))
        }
        let faultModel = try answer.value("fault_model") { $0.string.flatMap(FaultModel.init(rawValue:)) }
        guard let set = MemberSet(members, faultModel: faultModel) else {
            throw answer.bad("\"members\" can't be read")
        }
        return NodeNoteKeys(
            origin: ExactText(try answer.string("origin")), chain: try answer.digest("chain"),
            epoch: Epoch(rawValue: try answer.number("epoch")), members: set, keys: keys)
    }

    /// From the genesis block, which was checked to be one.
    func founders() async throws(LedgerClientError) -> Founders {
        let answer = try await self.json("/v1/blocks/genesis")
        let headerBytes = try answer.value("header") { $0.string.flatMap { Hex.decode($0) } }
        var annexBytes: [UInt8] = []
        try answer.value("annex") { $0 }.encode(into: &annexBytes)
        do {
            let header = try BlockHeader(decoding: headerBytes.span.bytes)
            let genesis = Block(header: header, annexBytes: annexBytes, entries: Entries())
            let epoch = try EpochMembers(genesis: genesis)
            guard let settings = try Annex(decoding: annexBytes.span.bytes).genesis else {
                throw answer.bad("the annex has no settings")
            }
            return Founders(origin: ExactText(settings.name), chain: epoch.chain, members: epoch.members)
        } catch let error as LedgerClientError {
            throw error
        } catch {
            throw answer.bad("it is no genesis block (\(error))")
        }
    }
}
