import CairnHash
import CairnLedger
import CairnPeers
import Foundation

/// What a running node tells of the others, and can be told.
struct ClusterNode: Sendable {
    fileprivate let client: NodeClient

    var address: NodeAddress { self.client.address }

    /// Asks a node for as long as `body` runs.
    static func with<Result>(_ address: NodeAddress, _ body: (ClusterNode) async throws -> Result) async throws
        -> Result
    {
        let client = NodeClient(address: address)
        do {
            let result = try await body(ClusterNode(client: client))
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }

    func members() async throws(CommandFailure) -> MemberList {
        try MemberList(try await self.client.get("/v1/members"), of: self.address.text)
    }

    func peers() async throws(CommandFailure) -> PeerList {
        try PeerList(try await self.client.get("/v1/peers"), of: self.address.text)
    }

    func removePeer(_ address: PeerAddress) async throws(CommandFailure) {
        // An IPv6 address has brackets and maybe a zone, which a path can't hold as they are.
        let text = address.description.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        try await self.client.delete("/v1/peers/\(text)")
    }

    func addPeer(_ address: String) async throws(CommandFailure) {
        let body = JSONValue.object(["address": .string(address)]).bytes
        _ = try await self.client.post("/v1/peers", body: body, contentType: "application/json", idempotencyKey: nil)
    }

    /// Key, chain and number of records.
    func state() async throws(CommandFailure) -> (key: PublicKey, chain: Digest, size: TreeSize) {
        let fields = try AnswerFields(try await self.client.get("/v1/node"), of: self.address.text)
        guard let key = PublicKey(hex: try fields.string("key")) else {
            throw .failed("\(self.address): \"key\" in the answer can't be read")
        }
        let head = try fields.object("head")
        return (key, try fields.digest("chain"), TreeSize(rawValue: try head.uint64("tree_size")))
    }

    /// Prints what the node has to say before something is changed that can't be taken back: that a clock is wrong, for one.
    func passOnWarnings() async throws(CommandFailure) {
        let fields = try AnswerFields(try await self.client.get("/v1/node"), of: self.address.text)
        for warning in fields.optional("warnings")?.array ?? [] {
            guard let detail = warning.object?["detail"]?.string else { continue }
            Terminal.writeError("cairn: warning: \(self.address): \(detail.withoutControlCharacters)\n")
        }
    }

    /// Waits, for some seconds, until the node has as many records.
    func catchUp(to size: TreeSize) async throws(CommandFailure) {
        guard size > 0 else { return }
        _ = try await self.client.get("/v1/records?limit=1&at_least=\(size.rawValue - 1)")
    }

    /// Submits a change of members, and waits until it is final.
    ///
    /// - Returns: the members behind it.
    func submit(_ draft: MemberChangeDraft) async throws(CommandFailure) -> MemberList {
        do throws(CommandFailure) {
            _ = try await self.client.post(
                "/v1/members/changes", body: draft.encoded(), contentType: "application/json", idempotencyKey: nil)
        } catch {
            // The answer may have been lost, or another node's came first: what counts is what the members are.
            guard let list = try? await self.members(), let present = try? list.present(),
                present.epoch == draft.epoch.next(),
                list.members.isSame(as: draft.next), draft.settings.map({ $0 == present.settings }) ?? true
            else { throw error }
            return list
        }
        return try await self.members()
    }
}

extension ClusterNode {
    /// Why the node takes no records, if it doesn't, and how many links it has.
    func readiness() async throws(CommandFailure) -> (reason: String?, links: UInt64) {
        let fields = try AnswerFields(try await self.client.get("/v1/node"), of: self.address.text)
        return (fields.optional("reason")?.string, try fields.uint64("links"))
    }
}
