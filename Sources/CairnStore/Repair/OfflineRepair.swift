public import CairnHash
public import CairnLedger

/// The repair of a data directory that no process uses, also of one whose ledger can't be opened any more.
///
/// Nothing is written before all blocks that a segment lacks were given and checked.
public struct OfflineRepair: Sendable {
    /// The ledger's identity.
    public let chain: Digest
    private let disk: any Disk
    private let lock: any DiskLock
    private let verifier: any SignatureVerifier

    /// - Parameter chain: the ledger's identity, for a directory that is too damaged to tell.
    /// - Throws: `.locked`, `.noLedger`, and `.corrupt` when nothing tells which ledger it is, or something tells of another.
    public init(
        on disk: any Disk, chain: Digest? = nil, using verifier: any SignatureVerifier = Ed25519Verifier()
    ) throws(StoreError) {
        let known = try Self.chains(on: disk)
        guard !known.isEmpty else { throw .noLedger(path: BlockLog.folder) }
        guard let only = chain ?? (known.count == 1 ? known.first ?? nil : nil), known.subtracting([only, nil]).isEmpty
        else {
            throw .corrupt(
                Corruption(
                    file: BlockLog.folder, block: 0,
                    reason: chain == nil
                        ? "its files don't agree on which ledger this is; name its chain" : "it holds another ledger"))
        }
        self.lock = try onDisk { () throws(DiskError) in try disk.lock(LedgerStore.lockPath) }
        self.chain = only
        self.disk = disk
        self.verifier = verifier
        try SegmentRewrite.removeLeftovers(on: disk)
    }

    /// What the headers of the log's files say; nil for those that are damaged.
    private static func chains(on disk: any Disk) throws(StoreError) -> Set<Digest?> {
        var chains: Set<Digest?> = []
        for segment in try Segment.openWhatIsThere(on: disk, .read) {
            let isGood = try segment.headerProblem(chain: nil) == nil
            let bytes = try onDisk { () throws(DiskError) in
                try segment.file.bytes(at: 0, count: Segment.headerByteCount)
            }
            chains.insert(isGood ? bytes.span.bytes.digest(at: 16) : nil)
        }
        return chains.count > 1 ? chains.subtracting([nil]) : chains
    }

    // MARK: Looking

    /// Checks every file, as `LedgerVerifier` does.
    public func validate(
        _ options: ValidationOptions = ValidationOptions(), progress: (ValidationProgress) -> Bool = { _ in true }
    ) -> ValidationReport {
        do throws(StoreError) {
            return try LedgerVerifier.verify(on: self.disk, options: options, using: self.verifier, progress: progress)
        } catch {
            var failure = Corruption(file: BlockLog.folder, block: nil, reason: "\(error)")
            if case .corrupt(let corruption) = error { failure = corruption }
            return ValidationReport(
                blocks: 0, records: 0, bytes: 0, duration: .zero, failure: failure, notes: [], wasCancelled: false)
        }
    }

    /// Begins the repair of the segment that holds a block, or of an earlier one when that is damaged too. Only reads.
    ///
    /// - Parameter allCertificates: whether certificates are looked at that nothing hangs on.
    public func begin(at block: BlockIndex, allCertificates: Bool = false) throws(StoreError) -> SegmentRepair {
        var segments = try Segment.openWhatIsThere(on: self.disk, .read)
        if segments.first?.firstBlock != 0 { segments.insert(Segment(firstBlock: 0, file: NoFile()), at: 0) }
        let seal = try Seal.read(from: self.disk).newest
        let head = seal.flatMap { seal in
            BlockIndex(rawValue: seal.blocks).previous().map { (index: $0, hash: seal.headHash) }
        }
        var log = DamagedLog(segments: segments, chain: self.chain, head: head, verifier: self.verifier)
        log.places = try LedgerVerifier.places(on: self.disk)
        log.tree = try LedgerVerifier.tree(on: self.disk)
        log.epochs = try LedgerVerifier.ifThere(EpochFile.path, on: self.disk).map(EpochFile.init(file:))
        log.checksAllCertificates = allCertificates
        return try SegmentRepair(log, at: try log.start(for: block))
    }

    // MARK: Writing

    /// Puts good blocks in the place of bad ones. A crash leaves the old file or the new one.
    ///
    /// - Returns: what is worth saying about it.
    public func install(_ repair: VerifiedRepair) throws(StoreError) -> [String] {
        let rewrite = repair.rewrite
        let size = try onDisk { () throws(DiskError) in try rewrite.segment.file.size() }
        let start = repair.tailStart ?? size
        let kept = DamagedCopies.keep(rewrite.segment, on: self.disk)
        try rewrite.write(on: self.disk, tail: repair.isOpenEnded ? start..<max(start, size) : start..<start)
        try onDisk { () throws(DiskError) in _ = try rewrite.install(on: self.disk) }
        // Only a start from the seal wants them; what is wrong here makes that start slower, and is made anew.
        if let places = try LedgerVerifier.places(on: self.disk, .write) {
            try onDisk { () throws(DiskError) in
                try places.write(rewrite.places, from: rewrite.segment.firstBlock)
                try places.file.sync()
            }
        }
        return kept.map { [$0] } ?? []
    }

    /// Opens the ledger, which makes the derived files and the seal agree with the blocks, and closes it.
    ///
    /// - Returns: what had to be put right.
    public func finish() throws(StoreError) -> [String] {
        let opened = try LedgerStore.open(
            on: self.disk, holding: self.lock, segmentBytesMax: Segment.byteCountMax, using: self.verifier)
        let repairs = opened.repairs
        var writer = opened.takeWriter()
        try writer.close()
        return repairs
    }
}

/// In the place of a file that is missing.
private final class NoFile: DiskFile {
    let path = Segment.path(firstBlock: 0)

    private var missing: DiskError { DiskError(operation: "write", path: self.path, reason: .notFound) }

    func size() throws(DiskError) -> UInt64 { 0 }
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int { 0 }
    func write(_ bytes: RawSpan, at offset: UInt64) throws(DiskError) { throw self.missing }
    func sync() throws(DiskError) { throw self.missing }
    func truncate(to size: UInt64) throws(DiskError) { throw self.missing }
    func reserve(upTo size: UInt64) throws(DiskError) { throw self.missing }
}
