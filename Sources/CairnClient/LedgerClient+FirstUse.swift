public import CairnHash
public import CairnLedger

extension LedgerClient {
    /// Makes a trust policy from a chain's identity and what a node says of its members' keys: trust on first use. Keep the
    /// policy (`TrustPolicy.text`), and use it from then on.
    ///
    /// What is trusted is the chain alone as long as its founders are its members: they stand in the genesis block, whose hash
    /// the chain is, and each certified its own keys. After members changed (`epoch` above 0) the node is believed who they
    /// are now, this once. A policy from somebody whom you trust is better: `cairn policy` on a node of your own.
    ///
    /// - Parameters:
    ///   - chain: the hash of the genesis block, from somewhere else than these nodes.
    ///   - urls: of nodes; the first that answers is asked.
    ///   - configuration: limits of time.
    /// - Throws: `.badKeys` when the node is of another chain, or says what doesn't belong to it.
    public static func policyOnFirstUse(
        chain: Digest, urls: [String], configuration: ClientConfiguration = ClientConfiguration()
    ) async throws(LedgerClientError) -> TrustPolicy {
        let pool = try NodePool(urls: urls, configuration: configuration)
        return try await pool.any { node throws(LedgerClientError) in
            let keys = try await node.noteKeys()
            guard keys.chain == chain else {
                throw .badKeys(node.url, reason: "its chain is \(keys.chain), not \(chain)")
            }
            if keys.epoch == 0 {
                let founders = try await node.founders()
                guard founders.chain == chain, founders.origin == keys.origin, founders.members == keys.members else {
                    throw .badKeys(node.url, reason: "the members that it names are not those of the genesis block")
                }
            }
            do throws(AssemblyError) {
                return try TrustPolicy(
                    origin: keys.origin, chain: chain, epoch: keys.epoch, members: keys.members, keys: keys.keys)
            } catch {
                throw .badKeys(node.url, reason: "\(error)")
            }
        }
    }
}
