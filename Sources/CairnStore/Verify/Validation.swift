public import CairnHash
public import CairnLedger

/// What to check.
public struct ValidationOptions: Hashable, Sendable {
    /// The first block to check; those before it are taken as good.
    public var from: BlockIndex
    /// The last block to check, nil for all. When it has no certificate, those up to the one that makes it final are
    /// checked as well.
    public var to: BlockIndex?
    /// Check also that each record is in canonical form, and (of a whole data directory) the rows of the index.
    public var deep: Bool
    /// Check the signatures of every certificate. Otherwise only of the last block's, and of each block's that changes
    /// the members: through the hash chain they vouch for all other blocks.
    public var allCertificates: Bool
    /// Check that no submission is repeated within the ledger's window. Remembering those takes up to 126 MB.
    public var checksRepeats = true
    /// How many threads check, the calling one among them; nil: as many as there are cores. What they find is the same.
    public var workers: Int?

    public init(
        from: BlockIndex = 0, to: BlockIndex? = nil, deep: Bool = false, allCertificates: Bool = false,
        workers: Int? = nil
    ) {
        self.from = from
        self.to = to
        self.deep = deep
        self.allCertificates = allCertificates
        self.workers = workers
    }
}

/// How far a validation has come.
public struct ValidationProgress: Hashable, Sendable {
    public var blocks: UInt64 = 0
    public var records: UInt64 = 0
    /// Of the block log's files, headers included.
    public var bytes: UInt64 = 0
    public var bytesTotal: UInt64 = 0
    /// Since the validation began.
    public var elapsed = Duration.zero

    public init() {}

    /// How much is done, from 0 to 1.
    public var fraction: Double {
        self.bytesTotal == 0 ? 0 : min(1, Double(self.bytes) / Double(self.bytesTotal))
    }

    public var blocksPerSecond: Double { self.elapsed > .zero ? Double(self.blocks) / (self.elapsed / .seconds(1)) : 0 }

    /// How long the rest takes if it goes on as it went so far, nil when nothing is done yet.
    public var remaining: Duration? {
        guard self.bytes > 0 else { return nil }
        let rest = self.bytesTotal - min(self.bytes, self.bytesTotal)
        return self.elapsed * (Double(rest) / Double(self.bytes))
    }
}

/// What a validation found.
public struct ValidationReport: Sendable {
    /// Blocks, records and stored bytes that are good.
    public var blocks: UInt64
    public var records: UInt64
    public var bytes: UInt64
    public var duration: Duration
    /// The first thing that is wrong, nil when all is good.
    public var failure: Corruption?
    /// What is odd and doesn't make the ledger invalid: derived files that differ, the traces of a crash.
    public var notes: [String]
    public var wasCancelled: Bool

    /// The duration in seconds.
    public var seconds: Double {
        Double(self.duration.components.seconds) + Double(self.duration.components.attoseconds) / 1e18
    }

    public var isValid: Bool { self.failure == nil && !self.wasCancelled }
}

extension LedgerStore {
    /// Checks what is stored up to the head, as `LedgerVerifier` does, while the ledger is in use.
    ///
    /// - Parameter progress: called about every 4 MiB; returns false to cancel.
    public func validate(
        _ options: ValidationOptions, progress: (ValidationProgress) -> Bool
    ) -> ValidationReport {
        let snapshot = self.snapshot
        var options = options
        options.to = min(options.to ?? snapshot.head.header.index, snapshot.head.header.index)
        var run = ValidationRun(segments: snapshot.segments, options: options, places: self.places, tree: self.tree)
        run.epochs = self.epochs
        run.verifier = self.verifier
        return run.report(progress)
    }
}

/// Checks a data directory that nobody needs to have opened. It never changes a file.
public enum LedgerVerifier {
    /// Checks every file: the blocks by every rule of the chain, the seal and the derived files against the blocks.
    ///
    /// - Parameters:
    ///   - verifier: what checks signatures; a simulation may use something faster than Ed25519.
    ///   - hasher: a device that hashes the leaves in place of the CPU.
    ///   - progress: called about every 4 MiB; returns false to cancel.
    public static func verify(
        on disk: any Disk, options: ValidationOptions = ValidationOptions(),
        using verifier: any SignatureVerifier = Ed25519Verifier(), leavesOn hasher: OpenCLHasher? = nil,
        progress: (ValidationProgress) -> Bool = { _ in true }
    ) throws(StoreError) -> ValidationReport {
        var run = try Self.run(on: disk, options: options)
        run.verifier = verifier
        if let hasher {
            run.hasher = hasher
            run.limits = .device
        }
        return run.report(progress)
    }

    package static func run(on disk: any Disk, options: ValidationOptions) throws(StoreError) -> ValidationRun {
        let segments = try Segment.openAll(on: disk, .read)
        guard !segments.isEmpty else { throw .noLedger(path: BlockLog.folder) }
        let seal = try Seal.read(from: disk)
        var run = ValidationRun(
            segments: segments, options: options, places: try Self.places(on: disk), tree: try Self.tree(on: disk))
        run.epochs = try Self.ifThere(EpochFile.path, on: disk).map(EpochFile.init(file:))
        run.offline = ValidationRun.Offline(seal: seal, derivedSizes: try Self.derivedSizes(on: disk))
        return run
    }

    package static func places(on disk: any Disk, _ mode: OpenMode = .read) throws(StoreError) -> BlockPlaces? {
        try Self.ifThere(BlockPlaces.path, on: disk, mode).map(BlockPlaces.init(file:))
    }

    package static func tree(on disk: any Disk) throws(StoreError) -> TreeFiles? {
        var files: [any DiskFile] = []
        for level in 0..<TreeFiles.levelCount {
            guard let file = try Self.ifThere(TreeFiles.path(level: level), on: disk) else { return nil }
            files.append(file)
        }
        return TreeFiles(files: files)
    }

    private static func derivedSizes(on disk: any Disk) throws(StoreError) -> [String: UInt64] {
        var sizes: [String: UInt64] = [:]
        for path in [BlockPlaces.path, EpochFile.path] + (0..<TreeFiles.levelCount).map(TreeFiles.path) {
            guard let file = try Self.ifThere(path, on: disk) else { continue }
            sizes[path] = try onDisk { () throws(DiskError) in try file.size() }
        }
        return sizes
    }

    static func ifThere(
        _ path: String, on disk: any Disk, _ mode: OpenMode = .read
    ) throws(StoreError) -> (any DiskFile)? {
        do throws(DiskError) {
            return try disk.open(path, mode)
        } catch {
            guard case .notFound = error.reason else { throw StoreError(error) }
            return nil
        }
    }
}
