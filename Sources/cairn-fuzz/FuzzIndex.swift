import CairnHash
import CairnIndex
import CairnLedger
import Foundation

/// The SQLite file of the index.
enum FuzzIndex {
    private static let path = FileManager.default.temporaryDirectory.appending(
        path: "cairn-fuzz-\(ProcessInfo.processInfo.processIdentifier).sqlite"
    ).path(percentEncoded: false)

    static func file(_ bytes: [UInt8]) {
        defer { Self.remove() }
        Self.remove()
        guard FileManager.default.createFile(atPath: Self.path, contents: Data(bytes)) else {
            preconditionFailure("\(Self.path) can be written")
        }
        let hash = Digest(hashing: [1])
        let ledger = LedgerIndex.Compared(chain: .zero, blocks: 4, blockHash: { _ in hash }, leafHash: { _ in hash })
        _ = LedgerIndex.check(path: Self.path, against: ledger)
        guard let index = try? LedgerIndex(path: Self.path, chain: .zero, blockHash: { _ in hash }) else { return }
        _ = try? index.blocks(withHash: hash)
        _ = try? index.records(withLeafHash: hash, from: 0, limit: 8)
        if let (next, records) = try? index.watermark() {
            _ = try? index.add(
                blockHashes: [hash], from: next, leafHashes: [hash], from: RecordNumber(rawValue: records))
        }
        index.close()
    }

    private static func remove() {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            try? FileManager.default.removeItem(atPath: Self.path + suffix)
        }
    }
}
