import CairnStore
import TestSupport
import Testing

@Suite("Memory disk")
struct MemoryDiskTests {
    /// Whatever is done to a file, a crash that takes all of it leaves what was synced.
    @Test("what is not synced can be undone as a whole", arguments: 0..<8)
    func undoing(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let disk = MemoryDisk()
        let file = try disk.open("f", .create)
        try disk.syncFolder("")
        var durable: [UInt8] = []
        for _ in 0..<60 {
            switch UInt8.random(in: 0..<5, using: &generator) {
            case 0:
                try file.truncate(to: UInt64.random(in: 0..<60, using: &generator))
            case 1:
                try file.sync()
                durable = disk.contents(of: "f") ?? []
            default:
                let bytes = [UInt8](
                    repeating: .random(in: 1...9, using: &generator), count: .random(in: 0..<9, using: &generator))
                try file.write(bytes.span.bytes, at: UInt64.random(in: 0..<60, using: &generator))
            }
            var nothing = Constant(value: .max)
            #expect(disk.afterCrash(using: &nothing).contents(of: "f") == durable)
            var all = Constant(value: 1)
            #expect(disk.afterCrash(using: &all).contents(of: "f") == disk.contents(of: "f"))
        }
    }

    @Test("a bit is turned over for good")
    func flipping() throws {
        let disk = MemoryDisk()
        let file = try disk.open("f", .create)
        try file.write(([0, 0, 0] as [UInt8]).span.bytes, at: 0)
        try file.sync()
        try disk.syncFolder("")
        disk.flipBit(in: "f", at: 17)
        #expect(try file.bytes(at: 0, count: 9) == [0, 0, 2])
        var generator = SplitMix64(seed: 1)
        #expect(disk.afterCrash(using: &generator).contents(of: "f") == [0, 0, 2])
    }

    @Test("a renamed file takes another's place, and a crash leaves one of the two", arguments: 0..<8)
    func renaming(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let disk = MemoryDisk()
        disk.setContents(of: "old", to: [1])
        let old = try disk.open("old", .read)
        let new = try disk.open("new", .create)
        try new.write(([2, 2] as [UInt8]).span.bytes, at: 0)
        try new.sync()
        try disk.rename("new", to: "old")
        #expect(disk.paths == ["old"] && disk.contents(of: "old") == [2, 2])
        #expect(try old.bytes(at: 0, count: 9) == [1])
        #expect(new.path == "old")
        let after = disk.afterCrash(using: &generator)
        #expect(after.contents(of: "old") == [1] || after.contents(of: "old") == [2, 2])
        try disk.syncFolder("")
        #expect(disk.afterCrash(using: &generator).contents(of: "old") == [2, 2])
        #expect(throws: DiskError.self) { try disk.rename("new", to: "old") }
    }

    @Test("a removed file is gone for those who have it open, and a crash may bring it back")
    func removing() throws {
        let disk = MemoryDisk()
        let file = try disk.open("a/f", .create)
        try disk.syncFolder("a")
        try disk.remove("a/f")
        #expect(throws: DiskError.self) { _ = try file.size() }
        var counts: Set<Int> = []
        for seed in 0..<20 as Range<UInt64> {
            var generator = SplitMix64(seed: seed)
            counts.insert(disk.afterCrash(using: &generator).paths.count)
        }
        #expect(counts == [0, 1])
        try disk.syncFolder("a")
        var generator = SplitMix64(seed: 1)
        #expect(disk.afterCrash(using: &generator).paths.isEmpty)
        let again = try disk.open("a/f", .create)
        #expect(try again.size() == 0)
    }
}

/// Always the same number: the largest says no to everything, 1 says yes. (0 is never taken for a number below 3.)
private struct Constant: RandomNumberGenerator {
    let value: UInt64
    mutating func next() -> UInt64 { self.value }
}
