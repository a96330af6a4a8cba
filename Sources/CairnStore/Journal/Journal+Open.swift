public import CairnHash
public import CairnLedger

extension Journal {
    /// Makes an empty, durable journal for a chain and a key that never voted. A crash in the middle leaves none.
    ///
    /// - Throws: `.journalExists` when there is one, be it damaged.
    public static func create(
        on disk: any Disk, chain: Digest, key: PublicKey, roomBytes: UInt64 = Self.roomBytes
    ) throws(StoreError) -> Journal {
        precondition(roomBytes > 0 && roomBytes.isMultiple(of: UInt64(JournalBatch.cellByteCount)), "room is cells")
        try onDisk { () throws(DiskError) in
            try disk.createFolder(Self.folder)
            try disk.syncFolder("")
        }
        for generation in try JournalFile.list(on: disk).generations {
            let path = JournalFile.path(generation: generation)
            let file = try onDisk { () throws(DiskError) in try disk.open(path, .read) }
            let isBlank = try JournalFile.isBlank(file)
            guard generation == 1, isBlank else { throw .journalExists(path: path) }
        }
        let header = JournalHeader(
            chain: chain, key: key, generation: 1, entriesBefore: 0, keptEntries: 0, durableBatches: 0,
            fileByteCount: 0)
        let begun = try JournalFile.make(on: disk, header: header, keeping: [], roomBytes: roomBytes)
        return Journal(on: disk, begun, roomBytes: roomBytes, durableEntries: 0)
    }

    /// Opens the journal, and puts right what a crash left. An unusable one isn't changed.
    ///
    /// - Parameter roomBytes: how far ahead of the end room is made: a multiple of 512.
    /// - Throws: what the disk can't do, `.noSpace` among it; it may be tried again.
    public static func open(
        on disk: any Disk, chain: Digest, key: PublicKey, roomBytes: UInt64 = Self.roomBytes
    ) throws(StoreError) -> OpenedJournal {
        precondition(roomBytes > 0 && roomBytes.isMultiple(of: UInt64(JournalBatch.cellByteCount)), "room is cells")
        do throws(JournalOpeningError) {
            let opening = try JournalOpening(on: disk, chain: chain, key: key)
            return try opening.finish(roomBytes: roomBytes)
        } catch {
            switch error {
            case .problem(let problem): return .unusable(problem)
            case .store(let error): throw error
            }
        }
    }
}

/// What ends an opening.
private enum JournalOpeningError: Error {
    case problem(JournalProblem)
    case store(StoreError)

    /// Damage is a problem of the journal; what the disk can't do isn't.
    init(_ error: StoreError) {
        if case .corrupt(let corruption) = error {
            self = .problem(.damaged(corruption))
        } else {
            self = .store(error)
        }
    }
}

private func reading<Result>(_ body: () throws(StoreError) -> Result) throws(JournalOpeningError) -> Result {
    do throws(StoreError) {
        return try body()
    } catch {
        throw JournalOpeningError(error)
    }
}

/// The steps of opening: everything is read and judged before anything is changed.
private struct JournalOpening {
    private let disk: any Disk
    private let path: String
    private let file: any DiskFile
    private let header: JournalHeader
    private let reader: JournalReader
    /// The other file of a trim that did not come to its end.
    private let leftover: String?

    // MARK: Judging

    init(on disk: any Disk, chain: Digest, key: PublicKey) throws(JournalOpeningError) {
        let chosen = try Self.choose(on: disk)
        let path = JournalFile.path(generation: chosen.generation)
        let header = chosen.header
        guard header.generation == chosen.generation else {
            throw .problem(.otherGeneration(file: path, found: header.generation))
        }
        guard header.chain == chain else { throw .problem(.otherChain(header.chain)) }
        guard header.key == key else { throw .problem(.otherKey(header.key)) }
        var reader = JournalReader(chosen.file, path: path, header: header)
        try reading { () throws(StoreError) in try reader.readAll() }
        self.disk = disk
        self.path = path
        self.file = chosen.file
        self.header = header
        self.reader = reader
        self.leftover = chosen.leftover.map(JournalFile.path(generation:))
    }

    /// The newest file that was made to its end: of two, the older one if the newer has no header.
    private static func choose(
        on disk: any Disk
    ) throws(JournalOpeningError) -> (generation: UInt64, file: any DiskFile, header: JournalHeader, leftover: UInt64?)
    {
        let (generations, strangers) = try reading { () throws(StoreError) in try JournalFile.list(on: disk) }
        if let stranger = strangers.first { throw Self.damage(stranger, "no file of a journal has this name") }
        guard let newest = generations.last else { throw .problem(.missing) }
        let oldest = generations[0]
        guard generations.count == 1 || (generations.count == 2 && newest - oldest == 1) else {
            throw Self.damage(Journal.folder, "files are missing between generation \(oldest) and \(newest)")
        }
        let other = generations.count == 2 ? oldest : nil
        switch try Self.read(newest, on: disk) {
        case (let file, .header(let header)): return (newest, file, header, other)
        case (_, .bad(let reason)): throw Self.damage(JournalFile.path(generation: newest), reason)
        case (let file, .blank):
            let path = JournalFile.path(generation: newest)
            guard let other else {
                let isBlank = try reading { () throws(StoreError) in try JournalFile.isBlank(file) }
                throw isBlank ? .problem(.missing) : Self.damage(path, "the header is missing")
            }
            guard case (let older, .header(let header)) = try Self.read(other, on: disk) else {
                throw Self.damage(JournalFile.path(generation: other), "the header is missing or damaged")
            }
            return (other, older, header, newest)
        }
    }

    private static func read(
        _ generation: UInt64, on disk: any Disk
    ) throws(JournalOpeningError) -> (any DiskFile, JournalHeader.Reading) {
        try reading { () throws(StoreError) in
            let path = JournalFile.path(generation: generation)
            let file = try onDisk { () throws(DiskError) in try disk.open(path, .write) }
            return (file, try JournalHeader.read(file))
        }
    }

    private static func damage(_ path: String, _ reason: String) -> JournalOpeningError {
        .problem(.damaged(Corruption(file: path, block: nil, reason: reason)))
    }

    // MARK: Putting right

    func finish(roomBytes: UInt64) throws(JournalOpeningError) -> OpenedJournal {
        var header = self.header
        var repairs: [String] = []
        do throws(DiskError) {
            if let tornEnd = self.reader.tornEnd {
                // Zeros again: what a crash in the middle of this leaves is as torn as before.
                let zeros = [UInt8](repeating: 0, count: Int(tornEnd - self.reader.end))
                try self.file.write(zeros.span.bytes, at: self.reader.end)
                repairs.append(
                    "\(self.path): cut \(zeros.count) bytes, which a crash left of a batch that was never synced")
            }
            try self.rewriteLastBatch()
            try self.file.sync()
            header.fileByteCount = try self.file.size()
            header.durableBatches = self.reader.batches
            try self.file.write(header.encoded().span.bytes, at: 0)
            try self.file.sync()
            if let leftover {
                // The file that stays must be there for good before the other one goes.
                try self.disk.syncFolder(Journal.folder)
                try self.disk.remove(leftover)
                try self.disk.syncFolder(Journal.folder)
                repairs.append("\(leftover): removed, which a crash left of a trim")
            }
        } catch {
            throw .store(StoreError(error))
        }
        let begun = JournalFile(file: self.file, header: header, end: self.reader.end)
        let durable = header.entriesBefore + UInt64(self.reader.entries.count) - header.keptEntries
        let journal = Journal(on: self.disk, begun, roomBytes: roomBytes, durableEntries: durable)
        return .usable(journal, entries: self.reader.entries, repairs: repairs)
    }

    /// A batch that isn't sealed may be one whose sync failed: then the system's cache shows what the disk doesn't
    /// hold, and a sync would have nothing to do. So it is written once more.
    private func rewriteLastBatch() throws(DiskError) {
        guard self.reader.batches > self.header.durableBatches, let start = self.reader.lastBatchStart else { return }
        let bytes = try self.file.bytes(at: start, count: Int(self.reader.end - start))
        try self.file.write(bytes.span.bytes, at: start)
    }
}
