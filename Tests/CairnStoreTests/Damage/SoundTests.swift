import CairnHash
import CairnLedger
import CairnStore
import Testing

/// Nothing leaves the store that isn't the ledger's, whatever was changed on the disk and fitted with a good checksum.
@Suite("What leaves the store")
struct SoundTests {
    private let ledger: SmallLedger

    init() throws {
        self.ledger = try SmallLedger()
    }

    /// Opens the ledger, and only then changes a byte of a block on its disk.
    private func altered(_ path: String, _ range: Range<Int>, _ place: Int) throws -> (LedgerStore, MemoryDisk) {
        let disk = self.ledger.disk.copy()
        let store = try SmallLedger.open(disk).store
        var bytes = self.ledger.contents(path)
        bytes[place] ^= 1
        var frame = Array(bytes[range])
        Frame.setChecksum(of: &frame)
        bytes.replaceSubrange(range, with: frame)
        disk.setContents(of: path, to: bytes)
        return (store, disk)
    }

    @Test(
        "B3: a block of which any byte was changed is refused by name, and so is what else shows it", arguments: 0..<4)
    func blocks(part: Int) throws {
        for path in self.ledger.logs {
            for (index, range) in self.ledger.frames(path) {
                let good = self.ledger.chain.blocks[Int(index.rawValue)]
                let end = range.lowerBound + Frame.headerByteCount + good.block.encodedByteCount
                for place in range.lowerBound + Frame.headerByteCount..<end where place % 4 == part {
                    let (store, _) = try self.altered(path, range, place)
                    do throws(StoreError) {
                        let found = try store.soundBlock(index)
                        #expect(found == good, "block \(index), byte \(place) was given out")
                    } catch {
                        guard case .corrupt(let corruption) = error else { throw error }
                        #expect(corruption.block == index, "byte \(place): \(corruption)")
                    }
                    let first = good.block.firstRecord
                    for position in 0..<good.block.entries.count {
                        guard let record = try? store.record(first + position).record else { continue }
                        #expect(record == good.block.entries[position], "byte \(place)")
                    }
                }
            }
        }
    }

    @Test("B3: no certificate goes to another node of which any byte was changed, with or without a good checksum")
    func certificates() throws {
        for path in self.ledger.logs {
            for (index, range) in self.ledger.frames(path) {
                let good = self.ledger.chain.blocks[Int(index.rawValue)]
                let start = range.lowerBound + Frame.headerByteCount + good.block.encodedByteCount
                for place in start..<range.upperBound {
                    let (store, disk) = try self.altered(path, range, place)
                    if place % 2 == 0 {
                        var bytes = self.ledger.contents(path)
                        bytes[place] ^= 1
                        disk.setContents(of: path, to: bytes)
                    }
                    do throws(StoreError) {
                        let outline = try store.outline(of: index)
                        // Bits of which nothing follows: the certificate is as good as before, or there was none.
                        guard let certificate = outline.certificate else { continue }
                        try store.checkCertificate(certificate, of: outline.header)
                        let epoch = self.ledger.chain.states[Int(index.rawValue) - 1].present
                        #expect(throws: Never.self) {
                            try epoch.verify(
                                certificate, of: outline.header, hash: good.block.header.hash,
                                using: self.ledger.chain.verifier)
                        }
                    } catch {
                        guard case .corrupt(let corruption) = error else { throw error }
                        #expect(corruption.block == index, "byte \(place): \(corruption)")
                    }
                }
            }
        }
    }

    @Test("B3: a record that was changed together with the tree's leaf is not given out")
    func leaf() throws {
        for path in self.ledger.logs {
            for (index, range) in self.ledger.frames(path) {
                let block = self.ledger.chain.blocks[Int(index.rawValue)].block
                guard block.entries.count > 0 else { continue }
                let place =
                    range.lowerBound + Frame.headerByteCount + BlockHeader.byteCount + 4 + block.annexBytes.count
                    + block.entries.range(of: 0).lowerBound
                let (store, disk) = try self.altered(path, range, place)
                let bytes = disk.contents(of: path) ?? []
                let record = Record(storedBytes: Array(bytes[place..<place + block.entries.range(of: 0).count]))
                var leaves = disk.contents(of: TreeFiles.path(level: 0)) ?? []
                let start = Int(block.firstRecord.rawValue) * Digest.byteCount
                leaves.replaceSubrange(start..<start + Digest.byteCount, with: record.leafHash.bytes)
                disk.setContents(of: TreeFiles.path(level: 0), to: leaves)
                for read in [
                    { _ = try store.soundBlock(index) }, { _ = try store.record(block.firstRecord) },
                    { _ = try store.checkedLeafHashes(of: try store.block(index).block, 0..<1) },
                ] as [() throws -> Void] {
                    #expect(throws: StoreError.self) { try read() }
                }
            }
        }
    }

    @Test("B3: a header that was changed together with its block's certificate is refused by name")
    func forged() throws {
        for path in self.ledger.logs {
            for (index, range) in self.ledger.frames(path) {
                let good = self.ledger.chain.blocks[Int(index.rawValue)]
                guard let certificate = good.certificate else { continue }
                // The end of the timestamp, the beginning of the previous hash.
                for offset in [19, 20] {
                    let disk = self.ledger.disk.copy()
                    let store = try SmallLedger.open(disk).store
                    var bytes = self.ledger.contents(path)
                    let start = range.lowerBound + Frame.headerByteCount
                    bytes[start + offset] ^= 1
                    let hash = Digest(hashing: Array(bytes[start..<start + BlockHeader.byteCount]))
                    let place = start + good.block.encodedByteCount + 16
                    #expect(Array(bytes[place..<place + Digest.byteCount]) == Array(certificate.blockHash.bytes))
                    bytes.replaceSubrange(place..<place + Digest.byteCount, with: hash.bytes)
                    var frame = Array(bytes[range])
                    Frame.setChecksum(of: &frame)
                    bytes.replaceSubrange(range, with: frame)
                    disk.setContents(of: path, to: bytes)
                    try self.expectRefused(index, by: store)
                    // Those beside it are the ledger's.
                    let last = BlockIndex(rawValue: UInt64(self.ledger.chain.blocks.count - 1))
                    for near in [index.previous(), index < last ? index.next() : nil] {
                        guard let near else { continue }
                        #expect(try store.soundBlock(near) == self.ledger.chain.blocks[Int(near.rawValue)])
                        #expect(
                            try store.header(of: near) == self.ledger.chain.blocks[Int(near.rawValue)].block.header)
                    }
                    // Also where a byte of the next one's header is damaged, so that it says nothing.
                    guard index < last else { continue }
                    for byte in 0..<BlockHeader.byteCount {
                        try self.damageHeader(of: index.next(), byte: byte, on: disk)
                        try self.expectRefused(index, by: store, "byte \(byte) of the next one damaged")
                        try self.damageHeader(of: index.next(), byte: byte, on: disk)
                    }
                }
            }
        }
    }

    /// That nothing of a block is given out, by any way of reading it.
    private func expectRefused(_ index: BlockIndex, by store: LedgerStore, _ state: String = "") throws {
        for read in [
            { _ = try store.soundBlock(index) }, { _ = try store.header(of: index) },
            { _ = try store.outline(of: index) },
        ] as [() throws -> Void] {
            do {
                try read()
                Issue.record("block \(index) was given out \(state)")
            } catch StoreError.corrupt(let corruption) {
                #expect(corruption.block == index)
            }
        }
    }

    @Test("B3: a good block is given out though any byte of the next one's header is damaged")
    func nextIsDamaged() throws {
        for good in self.ledger.chain.blocks.dropLast() {
            let index = good.block.index
            let disk = self.ledger.disk.copy()
            let store = try SmallLedger.open(disk).store
            for byte in 0..<BlockHeader.byteCount {
                try self.damageHeader(of: index.next(), byte: byte, on: disk)
                #expect(try store.soundBlock(index) == good, "byte \(byte)")
                #expect(try store.header(of: index) == good.block.header, "byte \(byte)")
                try self.damageHeader(of: index.next(), byte: byte, on: disk)
            }
        }
    }

    /// Changes a byte of a stored header, or changes it back, and leaves the frame's checksum as it is.
    private func damageHeader(of index: BlockIndex, byte: Int, on disk: MemoryDisk) throws {
        for path in self.ledger.logs {
            guard let range = self.ledger.frames(path).first(where: { $0.block == index })?.range else { continue }
            var bytes = try #require(disk.contents(of: path))
            bytes[range.lowerBound + Frame.headerByteCount + byte] ^= 1
            disk.setContents(of: path, to: bytes)
            return
        }
        Issue.record("block \(index) is in no file")
    }

    @Test("a tile that was proven, and that the disk gives back changed, is not given out")
    func changedTiles() throws {
        var chain = try TestChain(submissionWindow: 6, isFast: true)
        for _ in 0..<3 { try chain.grow([(0..<200).map { "\($0)" }]) }
        let folder = try TemporaryFolder()
        let disk = RealDisk(root: folder.path)
        try LedgerStore.create(on: disk, genesis: chain.genesis)
        let opened = try LedgerStore.open(on: disk, using: HashVerifier())
        let store = opened.store
        var writer = opened.takeWriter()
        for final in chain.blocks.dropFirst() {
            try writer.append(final, leafHashes: final.block.entries.leafHashes())
            _ = try writer.sync()
        }
        func damage(leaf: UInt64) throws {
            let file = try disk.open(TreeFiles.path(level: 0), .write)
            let place = leaf * UInt64(Digest.byteCount)
            let byte = try file.bytes(at: place, count: 1).map { $0 ^ 1 }
            try file.write(byte.span.bytes, at: place)
        }
        for tile in [
            Tile(.hashes(level: 0), index: 0), Tile(.hashes(level: 0), index: 1, width: 9),
            Tile(.hashes(level: 0), index: 2, width: 88), Tile(.hashes(level: 0), index: 2, width: 7),
        ] {
            let good = try #require(try store.hashes(of: tile))
            try damage(leaf: tile.index * UInt64(Tile.widthMax) + 3)
            var bytes = [UInt8](repeating: 0, count: tile.width * Digest.byteCount)
            // Whether it can be had without waiting depends on the file system.
            let isRead = bytes.withUnsafeMutableBytes { store.readCheckedHashes(of: tile, into: $0) }
            if isRead { #expect(bytes == good.flatMap { Array($0.bytes) }) }
            #expect(try store.hashes(of: tile) == good)
        }
        #expect(try store.provenLeafHashes(from: 0, count: 256) == Array(chain.leafHashes[..<256]))
        try damage(leaf: 1)
        #expect(try store.provenLeafHashes(from: 1, count: 1) == [chain.leafHashes[1]])
        try writer.close()
    }

    @Test("leaves are proven once a tile, and anew when they don't fit")
    func tiles() throws {
        var chain = try TestChain(submissionWindow: 6, isFast: true)
        for _ in 0..<3 { try chain.grow([(0..<200).map { "\($0)" }]) }
        let disk = MemoryDisk()
        try LedgerStore.create(on: disk, genesis: chain.genesis)
        let opened = try LedgerStore.open(on: disk, using: HashVerifier())
        let store = opened.store
        var writer = opened.takeWriter()
        for final in chain.blocks.dropFirst() {
            try writer.append(final, leafHashes: final.block.entries.leafHashes())
            _ = try writer.sync()
        }
        for (first, count) in [(0, 600), (0, 1), (255, 2), (500, 100), (599, 1)] {
            let found = try store.provenLeafHashes(from: RecordNumber(first), count: count)
            #expect(found == Array(chain.leafHashes[first..<first + count]))
        }
        // Damage to a tile that was proven before is healed by whoever comes upon it.
        var leaves = disk.contents(of: TreeFiles.path(level: 0)) ?? []
        leaves[40] ^= 1
        disk.setContents(of: TreeFiles.path(level: 0), to: leaves)
        #expect(try store.soundBlock(1) == chain.blocks[1])
        #expect(try store.record(1).record.leafHash == chain.leafHashes[1])
        try writer.close()
    }
}
