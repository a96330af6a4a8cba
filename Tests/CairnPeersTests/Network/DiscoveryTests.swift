import CairnConsensus
import CairnLedger
import CairnPeers
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DiscoveryTests {
    /// Each knows one other; after a while each is linked to all.
    @Test func fourNodesThatKnowOneEachFindOneAnother() async throws {
        var nodes: [TestNode] = [try await TestNode(seed: 1)]
        for seed in UInt8(2)...4 {
            nodes.append(try await TestNode(seed: seed, join: [try nodes[nodes.count - 1].address]))
        }
        for node in nodes {
            for other in nodes where other.key != node.key { await node.waitForLink(to: other) }
        }
        for node in nodes { await node.network.shutdown() }
    }

    @Test func addressesOutliveARestart() async throws {
        let one = try await TestNode(seed: 1)
        let storage = MemoryStorage()
        let two = try await TestNode(seed: 2, join: [try one.address], storage: storage)
        await two.waitForLink(to: one)
        await two.network.shutdown()
        let file = try AddressFile(decoding: try #require(storage.load()))
        #expect(file.records.map(\.node) == [one.key])
        // Nobody names an address this time.
        let again = try await TestNode(seed: 2, storage: storage)
        await again.waitForLink(to: one)
        await again.network.shutdown()
        await one.network.shutdown()
    }

    @Test func damagedAddressesAreAWarning() async throws {
        let node = try await TestNode(seed: 1, storage: MemoryStorage([1, 2, 3]))
        await node.waitForLine("warning the kept addresses of other nodes can't be used")
        await node.network.shutdown()
    }

    /// A node that listens on all interfaces doesn't know what others see it under.
    @Test func wildcardAddressesAreFilledByOthers() async throws {
        let one = try await TestNode(seed: 1)
        let two = try await TestNode(
            seed: 2, join: [try one.address], listen: PeerAddress(host: "0.0.0.0", port: 0))
        let three = try await TestNode(seed: 3, join: [try one.address])
        await three.waitForLink(to: two)
        let status = try #require(three.network.peers.first { $0.key == two.key })
        #expect(status.address == PeerAddress(host: "127.0.0.1", port: try two.address.port))
        for node in [one, two, three] { await node.network.shutdown() }
    }

    /// A node whose clock went back makes others forget what it said when the clock was ahead.
    @Test func laterRecordsOfItsOwnAreOutdone() async throws {
        let one = try await TestNode(seed: 1)
        let ahead = Samples.record(1, [PeerAddress(host: "127.0.0.1", port: 1)], sequence: .max - 7)
        let raw = RawPeer(seed: 9)
        try await raw.dial(try one.address)
        await raw.waitUntilActive()
        raw.write(Array(buffer: try WireMessage.addresses([ahead]).encoded()))
        let events = await raw.events.wait { $0.contains { if case .addresses = $0 { true } else { false } } }
        let told = events.compactMap { event -> [AddressRecord]? in
            if case .addresses(let records) = event { records } else { nil }
        }
        #expect(told.first?.map(\.sequence) == [UInt64.max - 6])
        #expect(told.first?.first?.addresses == [try one.address])
        raw.close()
        await one.network.shutdown()
    }
}
