internal import CairnPeers
internal import CairnStore
internal import Foundation
internal import Logging

/// Other nodes' addresses between two runs: `peers` in the data directory. Losing it costs nothing but time.
struct AddressFile: AddressStorage {
    private static let name = "peers"
    /// More than all addresses that are ever kept.
    private static let byteCountMax = 16 << 20

    let directory: String
    let logger: Logger

    private var url: URL { URL(fileURLWithPath: self.directory).appendingPathComponent(Self.name) }

    func load() -> [UInt8]? {
        do throws(DiskError) {
            return try RealDisk(root: self.directory).open(Self.name, .read).bytes(at: 0, count: Self.byteCountMax)
        } catch {
            if case .notFound = error.reason { return nil }
            self.logger.warning("can't read the addresses of other nodes", metadata: ["error": "\(error)"])
            return nil
        }
    }

    func save(_ bytes: [UInt8]) {
        do {
            try Data(bytes).write(to: self.url, options: .atomic)
        } catch {
            self.logger.warning(
                "can't keep the addresses of other nodes", metadata: ["file": "\(self.url.path)", "error": "\(error)"])
        }
    }
}
