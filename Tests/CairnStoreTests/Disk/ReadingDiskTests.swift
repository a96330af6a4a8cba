import CairnLedger
import CairnStore
import TestSupport
import Testing

/// A disk that is only read behaves as one that is written, and what is under it stays as it is.
@Suite("Reading disk")
struct ReadingDiskTests {
    @Test(
        "B4: whatever is done shows as on a disk that is written, and nothing happens to the stored files",
        arguments: 0..<8)
    func model(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let stored = MemoryDisk()
        let places: [UInt64] = [0, 1, 511, 65_535, 65_536, 65_537, 131_072, 200_000]
        for name in ["a", "f/b"] {
            stored.setContents(of: name, to: (0..<150_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
        }
        let before = stored.copy()
        let (model, reading) = (stored.copy(), ReadingDisk(stored))
        for _ in 0..<200 {
            let path = ["a", "f/b", "f/c"].randomElement(using: &generator) ?? "a"
            let place = places.randomElement(using: &generator) ?? 0
            let choice = Int.random(in: 0..<10, using: &generator)
            var seen: [[UInt8]] = []
            for disk in [model, reading] as [any Disk] {
                switch choice {
                case 0: if (try? disk.open(path, .read)) != nil { try disk.remove(path) }
                case 1: try disk.open(path, .create).truncate(to: place)
                case 2: if (try? disk.open(path, .read)) != nil { try disk.rename(path, to: "f/d") }
                case 3..<7:
                    let bytes = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 + choice) }.prefix(
                        choice == 3 ? 3 : 70_000)
                    try disk.open(path, .create).write(Array(bytes).span.bytes, at: place)
                default: break
                }
                seen.append((try? disk.open(path, .read).bytes(at: place / 2, count: 140_000)) ?? [9])
                seen.append([UInt8](try disk.list("f").joined().utf8))
            }
            #expect(seen[0] == seen[2])
            #expect(seen[1] == seen[3])
        }
        for path in before.paths { #expect(stored.contents(of: path) == before.contents(of: path)) }
        #expect(stored.paths == before.paths)
    }

    @Test("B4: a ledger opens from any part of its files that holds the blocks, and is the same")
    func ledger() throws {
        let small = try SmallLedger()
        for kept in [["blocks/"], ["blocks/0"], ["blocks/", "tree/"]] {
            let disk = MemoryDisk()
            for path in small.disk.paths where kept.contains(where: path.hasPrefix) {
                disk.setContents(of: path, to: small.disk.contents(of: path) ?? [])
            }
            let before = disk.copy()
            let store = try LedgerStore.open(
                on: ReadingDisk(disk), segmentBytesMax: SmallLedger.segmentBytesMax, using: HashVerifier()
            ).store
            #expect(small.check.problems(in: store).isEmpty)
            #expect(disk.paths == before.paths)
            for path in before.paths { #expect(disk.contents(of: path) == before.contents(of: path)) }
        }
    }
}
