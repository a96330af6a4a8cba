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

    @Test("who meets a node that it is linked to where it looked for another one keeps the link that it has")
    func otherNodesAtTheAddress() async throws {
        let two = try await TestNode(seed: 2)
        let one = try await TestNode(seed: 1, join: [try two.address])
        await one.waitForLink(to: two)
        let raw = RawPeer(seed: 9)
        try await raw.link(to: one)
        // Nodes that are no more, of which somebody still tells.
        let gone = try (UInt8(20)...23).map { Samples.record($0, [try two.address]) }
        raw.write(Array(buffer: try WireMessage.addresses(gone).encoded()))
        await one.lines.wait {
            $0.count { $0.contains("another node answers there, and there is a link to it") } >= gone.count
        }
        #expect(!one.receiver.events.all.contains(.unlinked(two.key)))
        raw.close()
        for node in [one, two] { await node.network.shutdown() }
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

    @Test("where a node was started with an address, it looks there for good, also after a restart without it")
    func namedAddressesOutliveARestart() async throws {
        let nowhere = PeerAddress(host: "127.0.0.1", port: 1)
        let storage = MemoryStorage()
        let first = try await TestNode(seed: 2, join: [nowhere], storage: storage)
        await first.network.shutdown()
        let file = try AddressFile(decoding: try #require(storage.load()))
        #expect(file.added == [nowhere] && file.joined == [nowhere])
        let again = try await TestNode(seed: 2, storage: storage) { $0.times.forgetNamed = .zero }
        await again.waitForLine("no link address=127.0.0.1:1")
        #expect(again.network.peers.map(\.address) == [nowhere])
        await again.network.shutdown()
        let last = try AddressFile(decoding: try #require(storage.load()))
        #expect(last.joined == [nowhere])
    }

    @Test("what a node was started with is kept at once, also when it meets nobody")
    func namedAddressesAreKeptAtOnce() async throws {
        let nowhere = PeerAddress(host: "127.0.0.1", port: 1)
        let storage = MemoryStorage()
        let node = try await TestNode(seed: 2, listens: false, join: [nowhere], storage: storage)
        // Before it ends, which keeps everything once more.
        let saved = await storage.saved.wait { !$0.isEmpty }
        let file = try AddressFile(decoding: try #require(saved.first))
        #expect(file.joined == [nowhere])
        await node.network.shutdown()
    }

    @Test("of what a node was started with before, so much is kept, and what it is started with now in any case")
    func namedAddressesOfEarlierStartsAreBounded() async throws {
        let earlier = (UInt16(1)...5).map { PeerAddress(host: "127.0.0.1", port: $0) }
        let other = PeerAddress(host: "127.0.0.1", port: 9)
        let storage = MemoryStorage(
            AddressFile(records: [], added: earlier + [other], joined: earlier).encoded())
        let present = [earlier[4], PeerAddress(host: "127.0.0.1", port: 7)]
        let node = try await TestNode(seed: 2, listens: false, join: present, storage: storage) {
            $0.limits.joinedAddresses = 4
        }
        await node.network.shutdown()
        let file = try AddressFile(decoding: try #require(storage.load()))
        #expect(file.joined == [earlier[0], earlier[1]] + present)
        // What was named while it ran has room of its own.
        #expect(file.added == file.joined + [other])
    }

    @Test("where members are is not left out when what was kept is read")
    func membersAddressesOutliveARestart() async throws {
        let seeds = (UInt8(1)...4).sorted { Samples.key($0).publicKey.isBefore(Samples.key($1).publicKey) }
        // The last one in the file.
        let seed = try #require(seeds.last)
        let one = try await TestNode(seed: seed)
        var records = seeds.dropLast().map { Samples.record($0, [PeerAddress(host: "127.0.0.1", port: 1)]) }
        records.append(Samples.record(seed, [try one.address]))
        let storage = MemoryStorage(AddressFile(records: records, added: []).encoded())
        let two = try await TestNode(seed: 9, storage: storage) {
            $0.limits.knownNodes = 1
            $0.limits.linksWanted = 0
        }
        two.network.setMembers([one.key, two.key])
        await two.waitForLink(to: one)
        await two.network.shutdown()
        await one.network.shutdown()
    }

    @Test("what is asked often is what the list of nodes says")
    func counts() async throws {
        let one = try await TestNode(seed: 1)
        #expect(one.network.linkCount == 0 && !one.network.knowsOthers)
        let two = try await TestNode(seed: 2, listens: false, join: [try one.address])
        #expect(two.network.knowsOthers)
        await two.waitForLink(to: one)
        await one.waitForLink(to: two)
        for network in [one.network, two.network] {
            #expect(network.linkCount == 1 && network.knowsOthers)
            #expect(network.peers.count { $0.isLinked } == 1)
        }
        await two.network.shutdown()
        await one.network.shutdown()
        #expect(one.network.linkCount == 0 && !one.network.knowsOthers && one.network.peers.isEmpty)
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
        try await raw.link(to: one)
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
