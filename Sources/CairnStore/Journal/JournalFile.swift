package import CairnLedger

/// A journal's file at the moment when it is taken over: made anew or read.
package struct JournalFile {
    package let file: any DiskFile
    package let header: JournalHeader
    /// Behind the last batch.
    package let end: UInt64

    /// `journal/<generation, 16 hexadecimal digits>.log`.
    package static func path(generation: UInt64) -> String {
        let digits = String(generation, radix: 16)
        return Journal.folder + "/" + String(repeating: "0", count: 16 - digits.count) + digits + ".log"
    }

    /// Generations of the files that are there, in order, and names that no journal has.
    package static func list(on disk: any Disk) throws(StoreError) -> (generations: [UInt64], strangers: [String]) {
        var generations: [UInt64] = []
        var strangers: [String] = []
        for name in try onDisk({ () throws(DiskError) in try disk.list(Journal.folder) }) {
            let path = Journal.folder + "/" + name
            if let number = UInt64(name.prefix(16), radix: 16), Self.path(generation: number) == path {
                generations.append(number)
            } else {
                strangers.append(path)
            }
        }
        return (generations, strangers)
    }

    /// Whether nothing but zeros is in a file.
    static func isBlank(_ file: any DiskFile) throws(StoreError) -> Bool {
        guard try onDisk({ () throws(DiskError) in try file.size() }) <= JournalReader.fileByteCountMax else {
            return false
        }
        var place: UInt64 = 0
        while true {
            let bytes = try onDisk { () throws(DiskError) in try file.bytes(at: place, count: 1 << 20) }
            if bytes.isEmpty { return true }
            guard bytes.allSatisfy({ $0 == 0 }) else { return false }
            place += UInt64(bytes.count)
        }
    }

    /// Makes a durable file that holds `entries`. The header is written last: without it there is no file.
    ///
    /// - Throws: `.noSpace` when the disk is full: then there is no file.
    package static func make(
        on disk: any Disk, header: JournalHeader, keeping entries: [JournalEntry], roomBytes: UInt64
    ) throws(StoreError) -> JournalFile {
        let path = Self.path(generation: header.generation)
        var content: [UInt8] = []
        for entry in entries { JournalBatch.encode(entry, into: &content) }
        let cells = entries.isEmpty ? [] : JournalBatch.cells(content: content, number: 1, seed: header.cellSeed)
        let end = UInt64(JournalHeader.byteCount + cells.count)
        var header = header
        header.durableBatches = entries.isEmpty ? 0 : 1

        let file = try onDisk { () throws(DiskError) in try disk.open(path, .create) }
        do throws(StoreError) {
            header.fileByteCount = try onDisk { () throws(DiskError) in
                try file.truncate(to: 0)
                let size = try Self.makeRoom(in: file, upTo: end, step: roomBytes)
                if !cells.isEmpty { try file.write(cells.span.bytes, at: UInt64(JournalHeader.byteCount)) }
                return size
            }
            try Self.syncing { () throws(DiskError) in try file.sync() }
            try onDisk { () throws(DiskError) in try file.write(header.encoded().span.bytes, at: 0) }
        } catch {
            guard case .noSpace = error else { throw error }
            // Durably gone: it must not come back beside a file that went on.
            try Self.syncing { () throws(DiskError) in
                try disk.remove(path)
                try disk.syncFolder(Journal.folder)
            }
            throw error
        }
        // From here on it may be the one that is found, so there is no way back.
        try Self.syncing { () throws(DiskError) in
            try file.sync()
            try disk.syncFolder(Journal.folder)
        }
        return JournalFile(file: file, header: header, end: end)
    }

    private static func syncing(_ body: () throws(DiskError) -> Void) throws(StoreError) {
        do throws(DiskError) {
            try body()
        } catch {
            throw .syncFailed(error)
        }
    }

    /// Lets the file grow to `end` or, if there is room for that, to the next multiple of `step`.
    ///
    /// - Returns: the file's new size. It isn't durable yet.
    static func makeRoom(in file: any DiskFile, upTo end: UInt64, step: UInt64) throws(DiskError) -> UInt64 {
        var size = (end + step - 1) / step * step
        do throws(DiskError) {
            try file.reserve(upTo: size)
        } catch {
            // On a disk that is nearly full, what is needed may still fit.
            guard case .noSpace = error.reason, size > end else { throw error }
            size = end
            try file.reserve(upTo: size)
        }
        try file.truncate(to: size)
        return size
    }
}
