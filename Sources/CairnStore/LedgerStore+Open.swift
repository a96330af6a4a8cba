public import CairnLedger

/// What opening a data directory yields.
public struct OpenedLedger: ~Copyable {
    public let store: LedgerStore
    package let writer: LedgerWriter
    /// The state behind the newest block: the next block is made from it.
    public let chain: ChainState
    /// What had to be put right, a sentence each; empty after a clean stop.
    public let repairs: [String]

    /// The one writer. Whoever takes it has read the rest.
    public consuming func takeWriter() -> LedgerWriter { self.writer }
}

extension LedgerStore {
    /// Opens the ledger on a disk for reading and writing, and puts right what a crash left.
    ///
    /// After a clean stop this reads a fixed number of files and a few kilobytes, and the annexes in the window of
    /// submissions. After a crash it checks all blocks behind the last seal, at most two segments.
    ///
    /// - Parameter verifier: what checks signatures; a simulation may use something faster than Ed25519.
    /// - Throws: `.noLedger`, `.locked`, and `.corrupt` when something durable is damaged: nothing is changed then.
    public static func open(
        on disk: any Disk, using verifier: any SignatureVerifier = Ed25519Verifier()
    ) throws(StoreError) -> OpenedLedger {
        try Self.open(on: disk, segmentBytesMax: Segment.byteCountMax, using: verifier)
    }

    /// - Parameter segmentBytesMax: a segment is closed when the next frame would end behind this; tests make it small.
    package static func open(
        on disk: any Disk, segmentBytesMax: UInt64, using verifier: any SignatureVerifier = Ed25519Verifier()
    ) throws(StoreError) -> OpenedLedger {
        guard try Self.exists(on: disk) else { throw .noLedger(path: BlockLog.folder) }
        let lock = try onDisk { () throws(DiskError) in try disk.lock(Self.lockPath) }
        return try Self.open(on: disk, holding: lock, segmentBytesMax: segmentBytesMax, using: verifier)
    }

    /// For whoever has the lock already.
    package static func open(
        on disk: any Disk, holding lock: any DiskLock, segmentBytesMax: UInt64, using verifier: any SignatureVerifier
    ) throws(StoreError) -> OpenedLedger {
        try SegmentRewrite.removeLeftovers(on: disk)
        var repairs: [String] = []
        while true {
            var recovery = try Recovery(disk: disk, verifier: verifier)
            let isWhole = try recovery.run()
            repairs += recovery.repairs.filter { !repairs.contains($0) }
            if isWhole { return try recovery.finish(lock: lock, segmentBytesMax: segmentBytesMax, repairs: repairs) }
        }
    }
}
