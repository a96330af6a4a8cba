import CairnClient
import CairnHash
import CairnLedger
import CairnStore
import Foundation

/// What an auditor keeps in its directory: `checkpoint`, the largest one of the one history, as a signed note;
/// `records`, how far all records were read; the policy of a chain that is trusted; evidence.
struct AuditState {
    let directory: String
    /// Two auditors would put back what the other has seen.
    private let lock: any DiskLock

    /// Makes the directory when it isn't there.
    init(directory: String) throws(CommandFailure) {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw .failed("can't make the directory \(directory): \(error.localizedDescription)")
        }
        do throws(DiskError) {
            self.lock = try RealDisk(root: directory).lock("lock")
        } catch {
            guard case .locked(let holder) = error.reason else { throw .failed("\(error)") }
            throw .failed("\(directory) is in use by \(holder); each auditor needs a directory of its own")
        }
        // Of an auditor that was killed. The lock keeps others out.
        NewFile.removeLeftovers(in: directory, ending: FileCheckpointStorage.ending)
        self.directory = directory
    }

    var checkpoint: FileCheckpointStorage { FileCheckpointStorage(path: self.directory + "/checkpoint") }
    var checkedRecords: FileCheckpointStorage { FileCheckpointStorage(path: self.directory + "/records") }

    func policyPath(of chain: Digest) -> String { self.directory + "/policy-\(chain).txt" }

    /// - Returns: the path of the file, which is named by its content.
    func write(_ evidence: ForkEvidence) async throws(LedgerClientError) -> String {
        let bytes = evidence.bytes
        let path = self.directory + "/fork-\(Digest(hashing: bytes).description.prefix(16)).json"
        try await self.write(bytes, to: path)
        return path
    }

    /// Writes a file, durably.
    func write(_ bytes: [UInt8], to path: String) async throws(LedgerClientError) {
        do {
            try FileCheckpointStorage(path: path).store(bytes)
        } catch {
            throw .storage(reason: "\(error)")
        }
    }
}
