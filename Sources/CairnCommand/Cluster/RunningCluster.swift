import CairnHash
import CairnLedger
import Foundation

/// The processes of a local cluster.
struct RunningCluster: Sendable {
    package struct Node: Sendable {
        var process: ClusterMember
        var key: PublicKey
        /// Where it takes links.
        var linkAddress: String
    }

    let nodes: [Node]
    let members: MemberList

    /// Starts all nodes, one after the other, each told where those before it are, and waits until each is ready and
    /// linked to all others. When one can't be started, none is left running.
    ///
    /// - Parameters:
    ///   - basePort: nil: the system chooses ports. Node n has the port `basePort + 10 (n - 1)` for HTTP, and the next one for
    ///     links.
    ///   - demo: whether clients may damage a block.
    static func start(
        _ folder: ClusterFolder, count: Int, basePort: UInt16?, demo: Bool
    ) async throws(CommandFailure) -> RunningCluster {
        var started: [ClusterMember] = []
        do throws(CommandFailure) {
            var nodes: [Node] = []
            for number in 1...count {
                let ports = basePort.map { Self.ports(ofNode: number, basePort: $0) } ?? (0, 0)
                let process = try await ClusterMember.start(
                    number: number, of: count, folder: folder, ports: ports, join: nodes.map(\.linkAddress), demo: demo)
                started.append(process)
                nodes.append(try await Self.node(process))
            }
            let members = try await Self.asking(nodes[0].process) { try await $0.members() }
            // Members that run elsewhere are not waited for.
            let decide = ClusterPower(members: members.members).decide(nodes.map(\.key))
            for node in nodes { try await Self.waitUntilReady(node, links: count - 1, mayDecide: decide) }
            return RunningCluster(nodes: nodes, members: members)
        } catch {
            await Self.stop(started)
            throw error
        }
    }

    /// Node n has the port `basePort + 10 (n - 1)` for HTTP, and the next one for links.
    static func ports(ofNode number: Int, basePort: UInt16) -> (http: UInt16, links: UInt16) {
        let http = basePort + UInt16(10 * (number - 1))
        return (http, http + 1)
    }

    func stop() async {
        await Self.stop(self.nodes.map(\.process))
    }

    private static func stop(_ processes: [ClusterMember]) async {
        await withTaskGroup(of: Void.self) { group in
            for process in processes { group.addTask { await process.stop() } }
        }
    }

    private static func node(_ process: ClusterMember) async throws(CommandFailure) -> Node {
        try await self.asking(process) { node in
            guard let listen = try await node.peers().listen else {
                throw CommandFailure.failed("node \(process.number) takes no links")
            }
            return Node(process: process, key: try await node.state().key, linkAddress: listen)
        }
    }

    private static func waitUntilReady(_ node: Node, links: Int, mayDecide: Bool) async throws(CommandFailure) {
        let deadline = ContinuousClock.now + .seconds(60)
        var problem = ""
        while ContinuousClock.now < deadline {
            let readiness = try await self.asking(node.process) { try await $0.readiness() }
            if readiness.reason == nil || !mayDecide, readiness.links >= links { return }
            problem = readiness.reason ?? "it has links to \(readiness.links) of \(links) others"
            do {
                try await Task.sleep(for: .milliseconds(50))
            } catch {
                throw .failed("interrupted")
            }
        }
        throw .failed(
            "node \(node.process.number) is not ready after a minute: \(problem) (see \(node.process.logPath))")
    }

    private static func asking<Result>(
        _ process: ClusterMember, _ body: (ClusterNode) async throws -> Result
    ) async throws(CommandFailure) -> Result {
        do {
            return try await ClusterNode.with(process.url, body)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw .failed("\(error)")
        }
    }
}

extension RunningCluster {
    var json: JSONValue {
        .object([
            "chain": .hash(self.members.epoch.chain),
            "fault_model": .string(self.members.members.faultModel.rawValue),
            "nodes": .array(
                self.nodes.map { node in
                    .object([
                        "data": .string(node.process.data), "key": .string(node.key.description),
                        "peer_address": .string(node.linkAddress), "pid": .integer(UInt64(node.process.pid)),
                        "url": .string(node.process.url.text),
                    ])
                }),
        ])
    }

    var text: String {
        let lines = self.nodes.map { node in
            "  node\(node.process.number)  \(node.process.url)  key \(node.key.description.prefix(16))…  "
                + "process \(node.process.pid)"
        }
        let (first, last) = (self.nodes[0].process, self.nodes[self.nodes.count - 1].process)
        let power = ClusterPower(members: self.members.members)
        let keys = self.nodes.map(\.key)
        // One whose death shows what members do.
        let victim = self.nodes.last { power.isMember($0.key) } ?? self.nodes[self.nodes.count - 1]
        let goOn = power.decide(keys.filter { $0 != victim.key })
        return """
            \(power.text(nodes: keys))
            Chain \(self.members.epoch.chain)

            \(lines.joined(separator: "\n"))

            Try:
              \(first.url)/   in a browser: the explorer
              curl -s \(first.url)/v1/records -H 'Content-Type: application/json' -d '{"hello":"world"}'
              curl -s '\(last.url)/v1/records/0?at_least=0'      # the same record, from another node
              kill -9 \(victim.process.pid)                          # the others \(goOn ? "go on" : "can't go on without it")
              cairn members --url \(first.url)

            Logs are beside the data directories: \(first.logPath)
            Ctrl-C stops all of them.
            """
    }
}
