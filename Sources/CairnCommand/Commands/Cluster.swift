import ArgumentParser
import CairnLedger
import CairnServer
import Foundation
import UnixSignals

struct Cluster: AsyncParsableCommand {
    private static let nodesDefault = 4
    private static let dataDefault = "./cairn-cluster"

    static let configuration = CommandConfiguration(
        abstract: "Run a whole cluster on this machine, to try it.",
        discussion: """
            Founds one ledger with several members, or opens the one that is in the folder, and runs each member as a \
            process of its own. What it founds can be taken apart later: each data directory is one that \
            'cairn serve' runs. A node that dies is not started again. SIGTERM and SIGINT stop all.

            With 4 nodes and bft, one may be down, or lie; with 3 and majority, one may be down.

            Node n listens on port --port + 10 (n - 1) for HTTP, and on the next one for links.

            Examples:
              cairn cluster
              cairn cluster --demo                        # then POST /v1/tamper to one of them
              cairn cluster --nodes 3 --fault-model majority --data ./three
              cairn cluster --data ./three --port 0 --json
            """)

    @Option(help: "How many nodes. (default: \(Self.nodesDefault), or as many as there are)")
    var nodes: Int?

    @Option(help: "What may go wrong with members: majority (they crash) or bft (they lie). (default: bft)")
    var faultModel: FaultModel?

    @Option(help: ArgumentHelp("The folder of the data directories.", valueName: "dir"))
    var data = Self.dataDefault

    @Option(
        help: "The ledger's name, without spaces and plus signs. (default: cairn- and eight random hexadecimal digits)")
    var name: String?

    @Option(help: "The first port; 0 lets the system choose all.")
    var port = UInt16(Settings.portDefault)

    @Flag(
        help: """
            Allow what is only for demonstrations: a stored record that is changed on one node is healed from the others.
            """)
    var demo = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let nodes, !(1...64).contains(nodes) { throw ValidationError("--nodes can be 1 to 64.") }
        if self.port > 60_000 {
            throw ValidationError("--port can be 60000 at most, so that there are enough behind it.")
        }
    }

    func run() async throws {
        // From here on: nodes that are being started are to be stopped too.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let folder = ClusterFolder(path: try DirectoryPath.checked(self.data, "--data"))
        let count = try await self.openOrFound(folder)
        let starting = Task { [port, demo] in
            try await RunningCluster.start(folder, count: count, basePort: port == 0 ? nil : port, demo: demo)
        }
        let waiting = Task {
            for await _ in signals { break }
            starting.cancel()
        }
        let cluster: RunningCluster
        do {
            cluster = try await starting.value
        } catch {
            waiting.cancel()
            throw error
        }
        do {
            let output = Output.standard()
            if self.output.json { try output.line(cluster.json.bytes) } else { try output.line(cluster.text) }
            try output.flush()
        } catch {
            await cluster.stop()
            throw error
        }
        let watch = ClusterWatch(cluster)
        let notices = StandardErrorLog.begin(.text)
        let watching = cluster.nodes.map { node in
            Task {
                let how = await node.process.ended.value
                guard !Task.isCancelled else { return }
                let what = await watch.ended(node)
                notices.add(
                    "cairn: node \(node.process.number) \(how), \(what); its log is \(node.process.logPath)\n"
                )
            }
        }
        await waiting.value
        for task in watching { task.cancel() }
        await cluster.stop()
    }

    /// - Returns: how many nodes there are.
    private func openOrFound(_ folder: ClusterFolder) async throws(CommandFailure) -> Int {
        let present = try folder.nodeCount()
        guard present > 0 else {
            let count = self.nodes ?? Self.nodesDefault
            try await self.checkPorts(ofNodes: count)
            try folder.found(
                nodes: count, name: self.name ?? Founding.defaultName(), faultModel: self.faultModel ?? .bft)
            return count
        }
        if let nodes, nodes != present {
            throw .failed("\(folder.path) holds a cluster of \(present) nodes; name another folder for one of \(nodes)")
        }
        if self.name != nil || self.faultModel != nil {
            throw .failed(
                "\(folder.path) holds a cluster already, whose name stays; 'cairn members' changes its fault model")
        }
        return present
    }

    /// Before a cluster is founded for good.
    private func checkPorts(ofNodes count: Int) async throws(CommandFailure) {
        guard self.port > 0 else { return }
        for number in 1...count {
            let ports = RunningCluster.ports(ofNode: number, basePort: self.port)
            do throws(ServerError) {
                for port in [ports.http, ports.links] {
                    try await HTTPServer.checkAddress(host: Settings.hostDefault, port: Int(port))
                }
            } catch {
                throw .failed("\(error); no cluster was founded, choose other ports with --port")
            }
        }
    }
}
