package import CairnNode
import CairnStore

extension CommandFailure {
    /// Why a data directory can't be opened.
    package init(opening directory: String, _ error: NodeError) {
        switch error {
        case .store(.locked(_, let holder)):
            self = .failed(
                "\(directory) is in use by \(holder); ask the running node, for instance with"
                    + " --url http://\(Settings.hostDefault):\(Settings.portDefault)")
        case .store(.noLedger):
            self = .failed(
                "there is no ledger in \(directory); \"cairn init --data \(directory)\" founds one, or name another with"
                    + " --data DIR or --url URL")
        case .store(.keyMissing(let path)):
            self = .failed(
                "\(directory) has no \(path), which a node signs with: put the file back from where it is kept; without it "
                    + "the directory can only be read, with cairn get, export, log, status and verify")
        case .store(.ledgerExists):
            self = .failed("there is a ledger in \(directory) already; nothing was changed")
        case .store(let error):
            self = .failed("\(directory): \(error)")
        case .links:
            self = .failed("\(directory): \(error)")
        case .genesis, .keyNotMember, .snapshotOfMember, .snapshot:
            self = .failed("\(error)")
        case .settings(let error):
            self = .usage("\(error)")
        }
    }
}
