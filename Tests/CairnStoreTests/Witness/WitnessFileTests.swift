import CairnHash
import CairnLedger
import CairnStore
import TestSupport
import Testing

struct WitnessFileTests {
    private static let origin: ExactText = "example.com/log"

    private func checkpoint(_ size: UInt64) -> SignedCheckpoint {
        let root = Digest(hashing: Array("\(size)".utf8))
        return SignedCheckpoint(
            Checkpoint(origin: Self.origin, size: TreeSize(rawValue: size), root: root),
            // Lengths differ, so that a shorter note is written over a longer one.
            signatures: [
                NoteSignature(
                    name: Self.origin, keyID: 1, bytes: [UInt8](repeating: 7, count: size.isMultiple(of: 2) ? 200 : 64))
            ])
    }

    private func size(on disk: any Disk) throws -> UInt64? {
        try WitnessFile.open(origin: Self.origin, on: disk).latest?.checkpoint.size.rawValue
    }

    @Test func whatWasKeptIsThere() throws {
        let disk = MemoryDisk()
        var file = try WitnessFile.open(origin: Self.origin, on: disk)
        #expect(file.latest == nil)
        for size in UInt64(1)...4 {
            try file.replace(by: self.checkpoint(size))
            #expect(try WitnessFile.open(origin: Self.origin, on: disk).latest == self.checkpoint(size))
        }
        // Each log has files of its own.
        #expect(try WitnessFile.open(origin: "example.com/other", on: disk).latest == nil)
    }

    /// The power goes at each change to the disk: what was answered is never forgotten.
    @Test func crashes() throws {
        for crash in 0... {
            let disk = FaultyDisk(MemoryDisk(), plan: FaultyDisk.Plan(changesUntilCrash: crash))
            var answered: UInt64 = 0
            var isOver = false
            do {
                var file = try WitnessFile.open(origin: Self.origin, on: disk)
                for size in UInt64(1)...3 {
                    try file.replace(by: self.checkpoint(size))
                    answered = size
                }
                isOver = true
            } catch {}
            for seed in UInt64(0)..<16 {
                var random = SplitMix64(seed: seed)
                let left = disk.memory.afterCrash(using: &random)
                let found = try self.size(on: left) ?? 0
                #expect(found >= answered && found <= answered + 1, "crash \(crash), seed \(seed)")
                // And what is there can be built upon.
                var file = try WitnessFile.open(origin: Self.origin, on: left)
                try file.replace(by: self.checkpoint(9))
                #expect(try self.size(on: left) == 9)
            }
            if isOver { return }
        }
    }

    /// Any one bit of either file: the other one still knows.
    @Test func damageToOneFile() throws {
        let disk = MemoryDisk()
        var file = try WitnessFile.open(origin: Self.origin, on: disk)
        try file.replace(by: self.checkpoint(1))
        try file.replace(by: self.checkpoint(2))
        #expect(disk.paths.count == 2)
        for path in disk.paths {
            let good = try #require(disk.contents(of: path))
            for place in good.indices {
                var bytes = good
                bytes[place] ^= 1 << UInt8(place % 8)
                disk.setContents(of: path, to: bytes)
                #expect(try self.size(on: disk) == 2)
            }
            disk.setContents(of: path, to: [])
            #expect(try self.size(on: disk) == 2)
            disk.setContents(of: path, to: good)
        }
    }

    @Test func damageToBothFilesIsAnError() throws {
        let disk = MemoryDisk()
        var file = try WitnessFile.open(origin: Self.origin, on: disk)
        try file.replace(by: self.checkpoint(2))
        for path in disk.paths { disk.setContents(of: path, to: Array("cairn witness 1 ".utf8)) }
        #expect(throws: StoreError.self) { try self.size(on: disk) }
    }

    @Test func aFailedSyncIsToldFromAFullDisk() throws {
        let disk = FaultyDisk(MemoryDisk())
        var file = try WitnessFile.open(origin: Self.origin, on: disk)
        try file.replace(by: self.checkpoint(1))
        disk.setPlan(FaultyDisk.Plan(syncsUntilFailure: 0))
        do throws(StoreError) {
            try file.replace(by: self.checkpoint(2))
            Issue.record("it was kept")
        } catch {
            guard case .syncFailed = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(file.latest == self.checkpoint(1))
    }

    @Test func oneProcessAtATime() throws {
        let disk = MemoryDisk()
        let store = try WitnessStore.open(on: disk, origins: [Self.origin])
        #expect(throws: StoreError.self) { try WitnessStore.open(on: disk, origins: [Self.origin]) }
        #expect(disk.paths.contains(WitnessStore.KeyPlace.standardPath))
        withExtendedLifetime(store) {}
    }
}
