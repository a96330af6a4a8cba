internal import CairnHash
internal import CairnLedger

/// Records that are read and proven together: one to `bundlesMax` neighbouring entry bundles.
///
/// The window begins at a multiple of its width, so its leaves are all the leaves of one node of the checkpoint's tree
/// (RFC 9162, section 2.1.1). That node's hash follows from them, and one inclusion path leads from there to the signed
/// root. So a window of 2,048 records takes 8 requests for records and one for a proof.
struct RecordWindow: Sendable {
    /// At most 134 MB of the largest records; 1 MB of records of 512 bytes.
    static let bundlesMax: UInt64 = 8
    private static let width = UInt64(Tile.widthMax)

    let leaves: Range<UInt64>
    let checkpoint: Checkpoint

    /// The window that holds a record, no wider than is wanted.
    ///
    /// - Precondition: the checkpoint's tree holds all records up to `end`, and `number` is one of them.
    init(at number: UInt64, wantedUpTo end: UInt64, in checkpoint: Checkpoint) {
        precondition(number < end && end <= checkpoint.size.rawValue, "the tree holds what is wanted")
        let bundle = number / Self.width
        var count: UInt64 = 1
        while count < Self.bundlesMax, bundle.isMultiple(of: 2 * count), Self.start(of: bundle + count) < end {
            count *= 2
        }
        self.leaves = bundle * Self.width..<min(Self.start(of: bundle + count), checkpoint.size.rawValue)
        self.checkpoint = checkpoint
    }

    /// The first leaf of a bundle. A log may sign a size that no bundle begins behind.
    private static func start(of bundle: UInt64) -> UInt64 {
        let (start, overflows) = bundle.multipliedReportingOverflow(by: Self.width)
        return overflows ? .max : start
    }

    /// The bundles of the window, whose records are in the signed tree at their numbers.
    func entries(from node: NodeConnection) async throws(LedgerClientError) -> [Entries] {
        try await self.read(from: node) { bundle, width throws(LedgerClientError) in
            try await node.entries(bundle: bundle, width: width)
        } leafHashes: {
            $0.leafHashes()
        }
    }

    func leafHashes(from node: NodeConnection) async throws(LedgerClientError) -> [Digest] {
        try await self.read(from: node) { tile, width throws(LedgerClientError) in
            try await node.leafHashes(tile: tile, width: width)
        } leafHashes: {
            $0
        }.flatMap { $0 }
    }

    private func read<Piece: Sendable>(
        from node: NodeConnection,
        piece: @escaping @Sendable (UInt64, Int) async throws(LedgerClientError) -> Piece,
        leafHashes: (Piece) -> [Digest]
    ) async throws(LedgerClientError) -> [Piece] {
        async let awaitedPath = Result.awaiting { () async throws(LedgerClientError) in try await self.path(from: node)
        }
        let pieces = try await Self.pieces(of: self.leaves, piece).get()
        let path = try await awaitedPath.get()

        var tree = MerkleTree()
        for piece in pieces {
            for leafHash in leafHashes(piece) { tree.append(leafHash) }
        }
        guard tree.size.rawValue == UInt64(self.leaves.count) else { throw self.notIncluded(node) }
        // The path inside the window is ours; the node's part begins above it.
        let inner = tree.inclusionProof(of: 0, in: tree.size)
        let first = RecordNumber(rawValue: self.leaves.lowerBound)
        guard
            MerkleProof.verifyInclusion(
                of: tree.subtreeRoot(level: 0, index: 0), at: first, in: self.checkpoint.size,
                path: inner + path.dropFirst(inner.count), root: self.checkpoint.root)
        else { throw self.notIncluded(node) }
        return pieces
    }

    private func path(from node: NodeConnection) async throws(LedgerClientError) -> [Digest] {
        guard self.leaves.count < self.checkpoint.size.rawValue else { return [] }
        do throws(LedgerClientError) {
            return try await node.inclusionPath(
                of: RecordNumber(rawValue: self.leaves.lowerBound), in: self.checkpoint.size)
        } catch {
            guard case .refused(_, let problem) = error, problem.status == 404 else { throw error }
            throw .behind(node.url, size: nil, known: self.checkpoint.size)
        }
    }

    private func notIncluded(_ node: NodeConnection) -> LedgerClientError {
        .notIncluded(
            node.url,
            records: RecordNumber(rawValue: self.leaves.lowerBound)..<RecordNumber(rawValue: self.leaves.upperBound),
            size: self.checkpoint.size)
    }

    // MARK: At once

    /// All bundles or tiles of a range, in order, asked for at the same time.
    static func pieces<Piece: Sendable>(
        of leaves: Range<UInt64>,
        _ piece: @escaping @Sendable (UInt64, Int) async throws(LedgerClientError) -> Piece
    ) async -> Result<[Piece], LedgerClientError> {
        let bundles = Array(stride(from: leaves.lowerBound, to: leaves.upperBound, by: Int(Self.width)))
        return await withTaskGroup(of: (Int, Result<Piece, LedgerClientError>).self) { group in
            for (place, start) in bundles.enumerated() {
                let width = Int(min(Self.width, leaves.upperBound - start))
                group.addTask {
                    let result = await Result.awaiting { () async throws(LedgerClientError) in
                        try await piece(start / Self.width, width)
                    }
                    return (place, result)
                }
            }
            var found = [Piece?](repeating: nil, count: bundles.count)
            for await (place, result) in group {
                switch result {
                case .success(let piece): found[place] = piece
                case .failure(let error):
                    group.cancelAll()
                    return .failure(error)
                }
            }
            return .success(found.compactMap { $0 })
        }
    }
}
