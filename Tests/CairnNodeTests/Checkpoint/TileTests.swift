import CairnHash
import CairnLedger
import CairnNode
import CairnStore
import Testing

struct TileTests {
    /// Two full tiles and a part, in blocks that end nowhere near their edges.
    private static let count = 600
    private let memory = MemoryDisk()
    private let node: Node
    private let records: [Record]
    private let leafHashes: [Digest]

    init() async throws {
        try TestNode.create(on: self.memory)
        self.node = try TestNode.open(on: self.memory)
        let texts = (0..<Self.count).map { "{\"n\":\($0)}" }
        self.records = try texts.map { try Record(json: $0) }
        self.leafHashes = self.records.map(\.leafHash)
        for start in stride(from: 0, to: Self.count, by: 70) {
            _ = try await self.node.submit(Array(texts[start..<min(start + 70, Self.count)]))
        }
    }

    private func expected(_ tile: Tile) -> [UInt8]? {
        let first = Int(tile.index) * 256
        let size: Int
        switch tile.content {
        case .entries:
            guard first + tile.width <= Self.count else { return nil }
            var entries = Entries()
            for record in self.records[first..<first + tile.width] { entries.append(record) }
            return entries.bytes
        case .hashes(let level):
            size = Self.count >> (8 * level)
            guard level < 8, first + tile.width <= size else { return nil }
            if level == 0 { return self.leafHashes[first..<first + tile.width].flatMap(\.bytes) }
            let full = (first..<first + tile.width).map { MerkleTree(self.leafHashes[$0 * 256..<($0 + 1) * 256]) }
            return full.flatMap { $0.root(at: 256).bytes }
        }
    }

    @Test func everyTileOfEveryWidth() async throws {
        for content in [Tile.Content.entries, .hashes(level: 0), .hashes(level: 1), .hashes(level: 2)] {
            for index in UInt64(0)..<4 {
                for width in 1...256 {
                    let tile = Tile(content, index: index, width: width)
                    #expect(try self.node.bytes(of: tile) == self.expected(tile), "\(tile.path)")
                }
            }
        }
        for level in [7, 8, 63] {
            #expect(try self.node.bytes(of: Tile(.hashes(level: level), index: 0, width: 1)) == nil)
        }
        #expect(try self.node.bytes(of: Tile(.hashes(level: 1), index: .max, width: 1)) == nil)
        #expect(try self.node.bytes(of: Tile(.entries, index: .max)) == nil)
        await self.node.shutdown()
    }

    /// Whatever bit of a tree's file is wrong, nobody gets it: it would be cached for good.
    @Test(arguments: [("tree/0", 5, 256), ("tree/0", 255 * 32, 256), ("tree/0", 550 * 32 + 31, 88), ("tree/1", 40, 2)])
    func damagedTilesAreNotServed(path: String, place: Int, width: Int) async throws {
        var bytes = try #require(self.memory.contents(of: path))
        bytes[place] ^= 1
        self.memory.setContents(of: path, to: bytes)
        let level = path == "tree/0" ? 0 : 1
        let tile = Tile(.hashes(level: level), index: UInt64(place / 8_192), width: width)
        #expect(try self.node.bytes(of: tile) == self.expected(tile))
        await self.node.shutdown()
    }

    @Test func damagedRecordsAreNotServed() async throws {
        let path = try #require(self.memory.paths.first { $0.hasSuffix(".log") })
        var bytes = try #require(self.memory.contents(of: path))
        let needle = Array("{\"n\":123}".utf8)
        let place = try #require(bytes.indices.first { bytes[$0...].starts(with: needle) })
        bytes[place + 6] ^= 1
        self.memory.setContents(of: path, to: bytes)
        #expect(throws: ReadError.self) { try self.node.bytes(of: Tile(.entries, index: 0)) }
        let other = Tile(.entries, index: 1)
        #expect(try self.node.bytes(of: other) == self.expected(other))
        await self.node.shutdown()
    }
}
