import CairnHash
import CairnLedger
import CairnStore
import Testing

/// Somebody changes bytes and writes the checksum that fits: nothing but hashes and signatures can tell.
@Suite("Tampering with a checksum that fits")
struct TamperTests {
    /// A copy in which the byte at `place` of a log file is another, and the frame's or header's checksum fits it.
    private func tampered(_ ledger: SmallLedger, _ path: String, _ place: Int, mask: UInt8) -> MemoryDisk {
        var bytes = ledger.contents(path)
        bytes[place] ^= mask
        if let (_, range) = ledger.frames(path).first(where: { $0.range.contains(place) }) {
            var frame = Array(bytes[range])
            Frame.setChecksum(of: &frame)
            bytes.replaceSubrange(range, with: frame)
        } else {
            let checked = Segment.headerByteCount - 4
            var checksum: [UInt8] = []
            checksum.append(bigEndian: CRC32C.checksum(bytes.span.bytes.extracting(0..<checked)))
            bytes.replaceSubrange(checked..<Segment.headerByteCount, with: checksum)
        }
        return ledger.with(path, bytes)
    }

    /// Where a frame's parts are: everything that is stored of a block, but for magic, checksum and durable mark.
    private func places(_ range: Range<Int>) -> [Int] {
        Array(range.lowerBound + 8..<range.lowerBound + 16)
            + Array(range.lowerBound + Frame.headerByteCount..<range.upperBound)
    }

    @Test("verify names the block of every changed byte", arguments: 0..<4)
    func frames(part: Int) throws {
        let ledger = try SmallLedger()
        for path in ledger.logs {
            for (block, range) in ledger.frames(path) {
                for place in self.places(range) where place % 4 == part {
                    let disk = self.tampered(ledger, path, place, mask: 1 << UInt8(place / 4 % 8))
                    let options = ValidationOptions(deep: true, allCertificates: true)
                    let failure = try SmallLedger.verify(disk, options).failure
                    let isNamed = self.owns(ledger, block, failure)
                    #expect(isNamed, "\(path), byte \(place): \(String(describing: failure))")
                }
            }
        }
    }

    /// Whether a failure names the changed block. One without a certificate may as well have been so from the start:
    /// then it is the block behind it that does not link up.
    private func owns(_ ledger: SmallLedger, _ block: BlockIndex, _ failure: Corruption?) -> Bool {
        let isVouchedFor = ledger.chain.blocks[Int(block.rawValue)].certificate != nil || block == 0
        return failure?.block == block || (!isVouchedFor && failure?.block == block.next())
    }

    @Test("a quick verification misses nothing but the votes of blocks that others vouch for")
    func quick() throws {
        let ledger = try SmallLedger()
        for path in ledger.logs {
            for (block, range) in ledger.frames(path) {
                let certificate = ledger.chain.blocks[Int(block.rawValue)].certificate
                // The last block, and the one that changes the members.
                let isChecked = block == ledger.chain.state.head.index || block == 3
                let end = range.upperBound - (isChecked ? 0 : certificate?.encodedByteCount ?? 0)
                for place in stride(from: range.lowerBound + Frame.headerByteCount, to: end, by: 3) {
                    let disk = self.tampered(ledger, path, place, mask: 4)
                    let failure = try SmallLedger.verify(disk).failure
                    #expect(self.owns(ledger, block, failure), "\(path), byte \(place)")
                }
            }
        }
    }

    @Test("a segment's header can't be made another's")
    func segmentHeaders() throws {
        let ledger = try SmallLedger()
        for path in ledger.logs {
            for place in 0..<Segment.headerByteCount - 4 {
                let disk = self.tampered(ledger, path, place, mask: 1)
                let failure = try SmallLedger.verify(disk).failure
                #expect(failure?.block == ledger.owners[path]?[0], "\(path), byte \(place)")
                #expect(throws: StoreError.self) { _ = try SmallLedger.open(disk) }
            }
        }
    }

    @Test("a durable mark can't promise what was not there")
    func durableMarks() throws {
        let ledger = try SmallLedger()
        let path = ledger.logs[1]
        for (block, range) in ledger.frames(path) {
            let disk = self.tampered(ledger, path, range.lowerBound + 16, mask: 1)
            #expect(try SmallLedger.verify(disk).failure?.block == block)
        }
    }

    @Test("opening, reading and verifying from anywhere never trap")
    func survival() throws {
        let ledger = try SmallLedger()
        for path in ledger.logs {
            for (block, range) in ledger.frames(path) {
                for place in range.lowerBound + 8..<range.upperBound {
                    let mask: UInt8 = place % 2 == 0 ? 0x80 : 0xFF
                    let disk = self.tampered(ledger, path, place, mask: mask)
                    for from in 0...ledger.chain.blocks.count {
                        let options = ValidationOptions(from: BlockIndex(from))
                        let failure = try SmallLedger.verify(disk, options).failure
                        if let named = failure?.block {
                            #expect(
                                named >= block,
                                "\(path), byte \(place - range.lowerBound) of block \(block), from \(from): \(String(describing: failure))"
                            )
                        }
                    }
                    // Without derived files every read goes to the log.
                    for derived in ledger.derived where place % 3 == 0 { disk.setContents(of: derived, to: []) }
                    self.readAll(ledger, disk)
                }
            }
        }
    }

    /// Reads everything twice: the second time finds what the first left.
    private func readAll(_ ledger: SmallLedger, _ disk: MemoryDisk) {
        do throws(StoreError) {
            let opened = try SmallLedger.open(disk)
            let store = opened.store
            for _ in 0..<2 {
                for block in 0...store.head.header.index.rawValue {
                    if let final = try? store.block(BlockIndex(rawValue: block)) { _ = final.block.firstRecord }
                    _ = try? store.header(of: BlockIndex(rawValue: block))
                }
                for number in 0..<store.head.header.treeSize.rawValue {
                    let number = RecordNumber(rawValue: number)
                    let leafHash = ledger.chain.leafHashes[Int(number.rawValue)]
                    _ = try? store.blockIndex(of: number)
                    if let record = try? store.record(number).record { #expect(record.leafHash == leafHash) }
                    let proof = try? store.inclusionProof(of: number, in: store.head.header.treeSize)
                    if let proof { #expect(proof.leafHash == leafHash) }
                }
            }
        } catch {
            guard case .corrupt = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("without a seal, opening looks at the certificate that each block stands on")
    func certificatesAtOpening() throws {
        let ledger = try SmallLedger()
        for path in ledger.logs {
            for (block, range) in ledger.frames(path) {
                guard let certified = ledger.chain.blocks[Int(block.rawValue)].certificate else { continue }
                let certificate = range.upperBound - certified.encodedByteCount
                // The block's hash; of the last block and the one that changes the members the signature too.
                var places = [certificate + 16, certificate + 47]
                if block == ledger.chain.state.head.index || block == 3 { places += [certificate, certificate + 60] }
                for place in places {
                    let disk = self.tampered(ledger, path, place, mask: 1)
                    try disk.remove(Seal.path)
                    do throws(StoreError) {
                        _ = try SmallLedger.open(disk)
                        Issue.record("\(path), byte \(place): it was opened")
                    } catch {
                        guard case .corrupt(let corruption) = error else { throw error }
                        #expect(corruption.block == block, "\(path), byte \(place)")
                    }
                }
            }
        }
    }

    @Test("the demonstration is found out, and the record can't be proven")
    func demonstration() throws {
        let ledger = try SmallLedger()
        let store = try SmallLedger.open(ledger.disk).store
        let number = try #require(try store.tamper(withBlock: 2))
        #expect(number == 1)
        #expect(store.validate(ValidationOptions(), progress: { _ in true }).failure?.block == 2)
        #expect(try store.block(2) != ledger.chain.blocks[2])
        // The tree holds what was written, also after it had to be made anew.
        ledger.disk.setContents(of: TreeFiles.path(level: 0), to: [])
        #expect(throws: StoreError.self) { try store.inclusionProof(of: number, in: 4) }
        #expect(try store.leafHashes(from: 0, count: 4).contains(try store.block(2).block.entries[0].leafHash) == false)
    }
}
