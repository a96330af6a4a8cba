import CairnLedger
import CairnStore
import Foundation
import TestSupport
import Testing

@Suite("Key file")
struct KeyFileTests {
    private static func made() throws -> (MemoryDisk, PrivateKey, [UInt8]) {
        let disk = MemoryDisk()
        let key = try KeyFile.readOrCreate(on: disk)
        return (disk, key, disk.contents(of: KeyFile.path) ?? [])
    }

    private static func isRefused(_ bytes: [UInt8]) -> Bool {
        let disk = MemoryDisk()
        disk.setContents(of: KeyFile.path, to: bytes)
        do throws(StoreError) {
            _ = try KeyFile.read(on: disk)
            return false
        } catch {
            switch error {
            case .keyFile, .keyMissing: return true
            default: return false
            }
        }
    }

    @Test("what was made is read again, and never made twice")
    func reading() throws {
        let (disk, key, bytes) = try Self.made()
        #expect(try KeyFile.read(on: disk).seed == key.seed)
        #expect(try KeyFile.readOrCreate(on: disk).seed == key.seed)
        #expect(disk.contents(of: KeyFile.path) == bytes)
        #expect(!Self.isRefused(bytes))
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 4)
        #expect(lines[2] == "public \(key.publicKey)")
    }

    @Test("a file that was there without content is closed to others")
    func mode() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/" + KeyFile.path
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        #expect(chmod(path, 0o644) == 0)
        let key = try KeyFile.readOrCreate(on: RealDisk(root: folder.path))
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(try KeyFile.read(on: RealDisk(root: folder.path)).seed == key.seed)
    }

    @Test("every changed bit, missing end and further byte is refused")
    func damage() throws {
        let (_, _, bytes) = try Self.made()
        for place in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[place] ^= 1 << UInt8(bit)
                #expect(Self.isRefused(flipped), "byte \(place), bit \(bit)")
            }
            #expect(Self.isRefused(Array(bytes[..<place])), "\(place) bytes")
        }
        for tail: [UInt8] in [[0], [10], bytes, Array(repeating: 0, count: 2_000)] {
            #expect(Self.isRefused(bytes + tail))
        }
        #expect(Self.isRefused(Array(String(decoding: bytes, as: UTF8.self).uppercased().utf8)))
    }

    @Test("a damaged key is never replaced")
    func noReplacement() throws {
        let (disk, _, bytes) = try Self.made()
        var damaged = bytes
        damaged[30] ^= 1
        disk.setContents(of: KeyFile.path, to: damaged)
        #expect(throws: StoreError.self) { try KeyFile.readOrCreate(on: disk) }
        #expect(disk.contents(of: KeyFile.path) == damaged)
    }

    @Test("a crash while it is made leaves it whole or makes room for another")
    func crashes() throws {
        for change in 0..<5 {
            for seed in 0..<8 {
                let memory = MemoryDisk()
                let faulty = FaultyDisk(memory, plan: FaultyDisk.Plan(changesUntilCrash: change))
                let made = try? KeyFile.readOrCreate(on: faulty)
                var generator = SplitMix64(seed: UInt64(change * 8 + seed))
                let left = memory.afterCrash(using: &generator)
                let key = try KeyFile.readOrCreate(on: left)
                #expect(try KeyFile.read(on: left).seed == key.seed)
                if let made { #expect(key.seed == made.seed) }
            }
        }
        // What some file systems leave of a file that was not synced.
        let disk = MemoryDisk()
        disk.setContents(of: KeyFile.path, to: Array(repeating: 0, count: 150))
        #expect(throws: StoreError.self) { try KeyFile.read(on: disk) }
        let key = try KeyFile.readOrCreate(on: disk)
        #expect(try KeyFile.read(on: disk).seed == key.seed)
    }
}
