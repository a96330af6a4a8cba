import CairnHash
import CairnLedger
import CairnStore
import Testing

/// Every byte of a small ledger, changed, with the leaves hashed on a device: what it finds is what the CPU finds, in
/// parallel and block after block.
@Suite("Tampering, seen by a device")
struct DeviceTamperTests {
    private typealias Finding = ParallelValidationTests.Finding

    private static let parts = 4
    /// On any device there is: where there is no GPU, a driver for the CPU such as PoCL stands in. Building the kernel
    /// takes long, so all tests share it.
    private static let hasher = try? OpenCLDevice.best().open()
    /// A frame an item, so that every block that can goes to the device.
    private static let limits = ValidationLimits(chunkBytes: 1, pieceBytes: 64, chunkRecords: 64, itemsMax: 3)

    /// The items go from run to run: their pinned memory takes longer to make than a small ledger to verify.
    private func onDevice(
        _ hasher: OpenCLHasher, _ disk: MemoryDisk, _ items: inout [ValidationItem]
    ) throws -> Finding {
        var run = try self.run(disk)
        run.limits = Self.limits
        run.hasher = hasher
        run.items = items
        let finding = Finding(run.report { _ in true })
        items = run.items
        #expect(items.allSatisfy { $0.batch != nil })
        return finding
    }

    private func run(_ disk: MemoryDisk) throws -> ValidationRun {
        let options = ValidationOptions(deep: true, allCertificates: true, workers: 1)
        var run = try LedgerVerifier.run(on: disk, options: options)
        run.verifier = HashVerifier()
        return run
    }

    private func sequential(_ disk: MemoryDisk) throws -> Finding {
        var run = try self.run(disk)
        run.isSequential = true
        return Finding(run.report { _ in true })
    }

    private func inParallel(_ disk: MemoryDisk) throws -> Finding {
        var run = try self.run(disk)
        run.limits = Self.limits
        return Finding(run.report { _ in true })
    }

    @Test("a good ledger is good, and the device hashed its leaves", .enabled(if: hasher != nil))
    func good() throws {
        let hasher = try #require(Self.hasher)
        let ledger = try SmallLedger()
        var items: [ValidationItem] = []
        let found = try self.onDevice(hasher, ledger.disk, &items)
        #expect(found.failure == nil)
        #expect(found.notes == [])
        #expect(items.contains { $0.hashedCount > 0 })
    }

    @Test("every byte of every block and file header", .enabled(if: hasher != nil), arguments: 0..<parts)
    func everyByte(part: Int) throws {
        let hasher = try #require(Self.hasher)
        let ledger = try SmallLedger()
        var items: [ValidationItem] = []
        for path in ledger.logs {
            let good = ledger.contents(path)
            for place in stride(from: part, to: good.count, by: Self.parts) {
                let frame = ledger.frames(path).first { $0.range.contains(place) }?.range
                // As an accident leaves it, and as a forger does, who writes the checksum anew.
                let isForgeable = frame.map { place >= $0.lowerBound + Frame.headerByteCount } ?? false
                for fits in isForgeable ? [false, true] : [false] {
                    var bytes = good
                    bytes[place] ^= 1 << UInt8(place / Self.parts % 8)
                    if fits, let frame {
                        var changed = Array(bytes[frame])
                        Frame.setChecksum(of: &changed)
                        bytes.replaceSubrange(frame, with: changed)
                    }
                    let disk = ledger.with(path, bytes)
                    let expected = try self.sequential(disk)
                    #expect(expected.failure != nil, "\(path), byte \(place), checksum fits: \(fits)")
                    #expect(try self.inParallel(disk) == expected, "\(path), byte \(place), checksum fits: \(fits)")
                    #expect(
                        try self.onDevice(hasher, disk, &items) == expected,
                        "\(path), byte \(place), checksum fits: \(fits)")
                }
            }
        }
    }
}
