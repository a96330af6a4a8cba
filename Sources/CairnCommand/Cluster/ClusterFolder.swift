import CairnLedger
import CairnNode
import CairnStore
import Foundation

/// The folder of a local cluster: a data directory `node1`, `node2`, … for each node, and its log beside it.
struct ClusterFolder: Sendable {
    let path: String

    func data(_ number: Int) -> String { "\(self.path)/node\(number)" }
    func log(_ number: Int) -> String { "\(self.path)/node\(number).log" }

    /// How many nodes it holds; 0 when there is no cluster in it.
    func nodeCount() throws(CommandFailure) -> Int {
        var count = 0
        while try self.holdsLedger(self.data(count + 1)) { count += 1 }
        return count
    }

    private func holdsLedger(_ directory: String) throws(CommandFailure) -> Bool {
        guard FileManager.default.fileExists(atPath: directory) else { return false }
        do throws(StoreError) {
            return try LedgerStore.exists(on: RealDisk(root: directory))
        } catch {
            throw .failed("\(directory): \(error)")
        }
    }

    /// Founds one ledger in new data directories. A cluster is there as a whole or not at all.
    func found(nodes: Int, name: String, faultModel: FaultModel) throws(CommandFailure) {
        let made = ClusterFolder(path: self.path + ".partial")
        // What an interrupted founding left.
        try? FileManager.default.removeItem(atPath: made.path)
        do {
            try FileManager.default.createDirectory(atPath: made.path, withIntermediateDirectories: true)
        } catch {
            throw .failed("can't make the folder \(made.path): \(error.localizedDescription)")
        }
        do throws(NodeError) {
            _ = try Node.createTogether(
                dataDirectories: (1...nodes).map { made.data($0) }, name: name, message: Founding.messageDefault,
                faultModel: faultModel)
        } catch {
            try? FileManager.default.removeItem(atPath: made.path)
            throw CommandFailure(opening: self.path, error)
        }
        // Takes the place of an empty folder, and of nothing else.
        guard rename(made.path, self.path) == 0 else {
            let reason = String(cString: strerror(errno))
            try? FileManager.default.removeItem(atPath: made.path)
            throw .failed("\(self.path) is no folder that a cluster can be made in: \(reason)")
        }
    }
}
