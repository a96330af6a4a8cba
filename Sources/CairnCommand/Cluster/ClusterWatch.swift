import CairnLedger

/// Knows which nodes of a local cluster run, and what it means when one ends.
actor ClusterWatch {
    /// How long a node is asked for the present members, which may have changed since the start.
    private static let patience = Duration.seconds(2)

    private var running: [RunningCluster.Node]
    /// As far as they are known.
    private var members: MemberSet

    init(_ cluster: RunningCluster) {
        self.running = cluster.nodes
        self.members = cluster.members.members
    }

    /// - Returns: what becomes of the others.
    func ended(_ node: RunningCluster.Node) async -> String {
        self.running.removeAll { $0.key == node.key }
        for other in self.running {
            guard let present = await Self.members(of: other) else { continue }
            self.members = present
            break
        }
        return ClusterPower(members: self.members).text(end: node.key, left: self.running.map(\.key))
    }

    /// Nil when the node doesn't say so soon: it may be ending too.
    private static func members(of node: RunningCluster.Node) async -> MemberSet? {
        await withTaskGroup(of: MemberSet?.self) { group in
            group.addTask {
                try? await ClusterNode.with(node.process.url) { try await $0.members().members }
            }
            group.addTask {
                try? await Task.sleep(for: Self.patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
