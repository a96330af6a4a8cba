import CairnHash
import CairnLedger
import CairnStore
import Testing

/// Copies of a small ledger, whole and broken: at every third byte, so that each field of each frame is hit.
struct LedgerCopyTests {
    private let ledger: SmallLedger

    init() throws {
        self.ledger = try SmallLedger()
    }

    /// Copies all that a directory has.
    ///
    /// - Returns: the newest final block.
    private func copy(
        _ source: MemoryDisk, to disk: MemoryDisk = MemoryDisk()
    ) throws -> (head: LedgerHead, disk: MemoryDisk) {
        var log = try LogSource(on: source)
        var copy = try LedgerCopy.open(on: disk, genesis: log.genesis, using: HashVerifier())
        let isThere = try log.seek(to: copy.last.index.next())
        #expect(isThere)
        while let final = try log.next() { try copy.take(final) }
        return (try copy.finish(), disk)
    }

    /// What is said of a source that can't be copied.
    private func problem(of source: MemoryDisk) -> (block: BlockIndex?, text: String)? {
        do {
            _ = try self.copy(source)
            return nil
        } catch let error as LedgerCopyError {
            guard case .refused(let block, let reason) = error else { return (nil, "\(error)") }
            return (block, reason)
        } catch {
            guard case .corrupt(let corruption) = error as? StoreError else { return (nil, "\(error)") }
            return (corruption.block, corruption.reason)
        }
    }

    // MARK: Good ones

    @Test func aCopyIsTheLedger() throws {
        let (head, disk) = try self.copy(self.ledger.disk)
        #expect(head.hash == self.ledger.chain.blocks.last?.block.header.hash)
        let report = try LedgerVerifier.verify(
            on: disk, options: ValidationOptions(deep: true, allCertificates: true), using: HashVerifier())
        #expect(report.isValid && report.notes.isEmpty, "\(report)")
        #expect(report.blocks == UInt64(self.ledger.chain.blocks.count))
        let names = disk.paths.filter { !$0.hasPrefix("blocks/") && !$0.hasPrefix("tree/") }
        #expect(names == [] || names == ["lock"])
    }

    /// Behind each block at which it was interrupted.
    @Test func itGoesOnWhereItWas() throws {
        for count in 1..<self.ledger.chain.blocks.count {
            let disk = MemoryDisk()
            var log = try LogSource(on: self.ledger.disk)
            do {
                var begun = try LedgerCopy.open(on: disk, genesis: log.genesis, using: HashVerifier())
                _ = try log.next()
                for _ in 1..<count {
                    guard let final = try log.next() else { break }
                    try begun.take(final)
                }
                _ = try begun.sync()
            }
            let head = try self.copy(self.ledger.disk, to: disk).head
            #expect(head.hash == self.ledger.chain.blocks.last?.block.header.hash, "\(count)")
        }
    }

    /// What a node is just writing, or a crash left: no mark says that it is durable.
    @Test func aTornEndIsNotCopied() throws {
        let path = try #require(self.ledger.logs.last)
        let bytes = self.ledger.contents(path)
        let first = try #require(self.ledger.frames(path).first { $0.block >= SmallLedger.firstUnmarked })
        for size in stride(from: first.range.lowerBound, to: bytes.count, by: 3) {
            let torn = self.ledger.with(path, Array(bytes[..<size]))
            torn.setContents(of: Seal.path, to: [])
            let head = try self.copy(torn).head
            // Block 4 has no certificate of its own.
            #expect(head.index < SmallLedger.firstUnmarked, "\(size)")
        }
    }

    /// Of a log whose newest final block isn't its last one.
    @Test func theNewestFinalBlock() throws {
        let path = try #require(self.ledger.logs.last)
        let last = try #require(self.ledger.frames(path).last)
        var whole = try LogSource(on: self.ledger.disk)
        let newest = try whole.newestFinal()
        #expect(newest.block.index == last.block)
        let cut = self.ledger.with(path, Array(self.ledger.contents(path)[..<last.range.lowerBound]))
        cut.setContents(of: Seal.path, to: [])
        var log = try LogSource(on: cut)
        let before = try log.newestFinal()
        #expect(before.block.index < SmallLedger.firstUnmarked)
    }

    // MARK: Damage

    @Test func aChangedByteIsNamed() throws {
        for path in self.ledger.logs {
            let bytes = self.ledger.contents(path)
            for place in stride(from: 0, to: bytes.count, by: 3) {
                var changed = bytes
                changed[place] ^= 1
                let problem = try #require(self.problem(of: self.ledger.with(path, changed)), "\(path) \(place)")
                #expect(problem.block == self.ledger.owners[path]?[place], "\(path) \(place): \(problem.text)")
            }
        }
    }

    @Test func aMissingEndIsNamed() throws {
        for path in self.ledger.logs {
            let bytes = self.ledger.contents(path)
            for size in stride(from: 0, to: bytes.count, by: 3) {
                let problem = try #require(
                    self.problem(of: self.ledger.with(path, Array(bytes[..<size]))), "\(path) \(size)")
                #expect(problem.block == self.ledger.owners[path]?[size], "\(path) \(size): \(problem.text)")
            }
        }
    }

    /// Whole frames whose votes are not right: of the last block, and of the last of an epoch.
    @Test func forgedVotesAreNamed() throws {
        for path in self.ledger.logs {
            for (block, range) in self.ledger.frames(path) where block == 3 || block == 5 {
                var bytes = self.ledger.contents(path)
                var frame = Array(bytes[range])
                frame[frame.count - 1] ^= 1
                Frame.setChecksum(of: &frame)
                bytes.replaceSubrange(range, with: frame)
                let problem = try #require(self.problem(of: self.ledger.with(path, bytes)), "\(block)")
                #expect(problem.block == block && problem.text.contains("signature"), "\(block): \(problem.text)")
            }
        }
    }

    @Test func anotherLedgerIsRefused() throws {
        let other = try TestChain(message: "another", isFast: true)
        let disk = MemoryDisk()
        try LedgerStore.create(on: disk, genesis: other.genesis)
        #expect(throws: StoreError.self) { try self.copy(self.ledger.disk, to: disk) }
    }

    // MARK: The only member

    @Test func anotherKeyTakesTheOnlyMembersPlace() throws {
        var chain = try TestChain(message: "")
        try chain.grow([["1"], ["2"]])
        let disk = MemoryDisk()
        var copy = try LedgerCopy.open(on: disk, genesis: chain.genesis)
        for final in chain.blocks.dropFirst() { try copy.take(final) }
        let new = PrivateKey()
        try copy.replaceOnlyMember(try TestChain.foundersKey(), by: new, now: Timestamp(microseconds: 0))
        let head = try copy.finish()
        #expect(head.index.rawValue == UInt64(chain.blocks.count))
        let report = try LedgerVerifier.verify(on: disk, options: ValidationOptions(allCertificates: true))
        #expect(report.isValid && report.notes.isEmpty, "\(report)")
        let opened = try LedgerStore.open(on: disk)
        #expect(opened.chain.members.members.map(\.key) == [new.publicKey])
        #expect(opened.chain.epoch == 1)
    }

    /// Two of three keys in its place, when it is lost. The new member goes on, and what there was is opened and verified.
    @Test func recoveryKeysPutAnotherInTheOnlyMembersPlace() throws {
        let keys = (0..<3).map { _ in PrivateKey() }
        let recovery = try #require(RecoveryKeys(keys.map(\.publicKey), needed: 2))
        var chain = try TestChain(message: "")
        try chain.grow([["1"], ["2"]])
        try chain.grow([["3"]], recovery: recovery)
        try chain.grow([["4"]], isCertified: false)
        try chain.grow([["5"]])
        let disk = MemoryDisk()
        var copy = try LedgerCopy.open(on: disk, genesis: chain.genesis)
        for final in chain.blocks.dropFirst() { try copy.take(final) }
        _ = try copy.sync()
        let new = PrivateKey()
        var few = try LedgerCopy.open(on: disk.copy(), genesis: chain.genesis)
        do throws(LedgerCopyError) {
            try few.recoverOnlyMember(with: [keys[1], PrivateKey()], by: new, now: Timestamp(microseconds: 0))
            Issue.record("one of two keys was enough")
        } catch {
            #expect("\(error)".contains("have a power of 1; a quorum has 2"))
        }
        try copy.recoverOnlyMember(with: [keys[2], keys[0]], by: new, now: Timestamp(microseconds: 0))
        let head = try copy.finish()
        #expect(head.index.rawValue == UInt64(chain.blocks.count))
        for first in 0...chain.blocks.count {
            let report = try LedgerVerifier.verify(
                on: disk, options: ValidationOptions(from: BlockIndex(first), allCertificates: true))
            #expect(report.isValid && report.notes.isEmpty, "\(report)")
        }
        // Sealed, and walked through from the beginning.
        for forgetsSeal in [false, true] {
            let disk = disk.copy()
            if forgetsSeal { disk.setContents(of: Seal.path, to: []) }
            let opened = try LedgerStore.open(on: disk)
            #expect(opened.chain.members.members.map(\.key) == [new.publicKey])
            #expect(opened.chain.epoch == 2 && opened.chain.present.recovery == recovery)
            let members = try opened.store.memberHistory().verify(chain: opened.chain.chain)
            #expect(members == opened.store.members)
            #expect(try opened.store.soundBlock(head.index).block.header == head.header)
        }
        // Any byte of the signatures decides.
        let path = Segment.path(firstBlock: 0)
        var bytes = try #require(disk.contents(of: path))
        let start = try #require(bytes.ranges(of: Frame.magicBytes).last).lowerBound
        let frameHeader = try Frame.Header(decoding: bytes.span.bytes.extracting(start..<bytes.count))
        let range = start..<start + frameHeader.frameByteCount
        var frame = Array(bytes[range])
        frame[frame.count - 1] ^= 1
        Frame.setChecksum(of: &frame)
        bytes.replaceSubrange(range, with: frame)
        disk.setContents(of: path, to: bytes)
        let report = try LedgerVerifier.verify(on: disk)
        #expect(report.failure?.block == head.index && report.failure?.reason.contains("signature") == true)
    }
}

/// What a backup says of itself.
struct BackupNoteTests {
    private func note() throws -> BackupNote {
        let ledger = try SmallLedger()
        let last = try #require(ledger.chain.blocks.last?.block)
        return BackupNote(
            LedgerHead(header: last.header, hash: last.header.hash), chain: ledger.chain.genesis.header.hash,
            name: "a\"ö")
    }

    @Test func itIsReadAsItWasWritten() throws {
        let note = try self.note()
        let disk = MemoryDisk()
        #expect(try BackupNote.read(on: disk) == nil)
        try note.write(on: disk)
        #expect(try BackupNote.read(on: disk) == note)
        #expect(disk.paths == ["backup.json"])
    }

    @Test func whatIsNoneIsRefused() throws {
        let text = String(decoding: try self.note().bytes, as: UTF8.self)
        for (part, other) in [
            ("cairn/backup/1", "cairn/backup/2"), ("\"blocks\":6", "\"blocks\":0"), ("\"blocks\":6", "\"blocks\":-6"),
            ("\"head\":\"", "\"head\":\"0"), ("\"records\"", "\"recorts\""), ("}", ""), ("{", "[{"),
        ] {
            let changed = text.replacing(part, with: other)
            #expect(changed != text)
            #expect(BackupNote(decoding: Array(changed.utf8)) == nil, "\(changed)")
        }
    }
}
