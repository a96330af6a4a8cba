import CairnConsensus
import CairnLedger
import CairnPeers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LinkingTests {
    @Test(arguments: ["127.0.0.1", "::1", "localhost"])
    func messagesGoBothWays(host: String) async throws {
        let one = try await TestNode(seed: 1, listen: PeerAddress(host: host, port: 0))
        let two = try await TestNode(
            seed: 2, listens: false, join: [PeerAddress(host: host, port: try one.address.port)])
        await one.waitForLink(to: two)
        await two.waitForLink(to: one)
        for message in try Samples.messages() {
            #expect(one.network.send(message, to: [two.key]))
            await two.waitForMessage(message, from: one)
        }
        two.network.sendToAll(Samples.status(2))
        await one.waitForMessage(Samples.status(2), from: two)
        let there = try #require(two.network.peers.first)
        #expect(there.key == one.key)
        #expect(there.isLinked)
        #expect(there.direction == .outgoing)
        #expect(there.bytesIn > 0)
        #expect(one.network.peers.first?.direction == .incoming)
        #expect(two.network.boundAddress == nil)
        await one.network.shutdown()
        await two.receiver.events.wait { $0.contains(.unlinked(one.key)) }
        await two.network.shutdown()
    }

    @Test func onlyToNodesWithALink() async throws {
        let one = try await TestNode(seed: 1)
        let two = try await TestNode(seed: 2, join: [try one.address])
        await one.waitForLink(to: two)
        #expect(!one.network.send(Samples.status(1), to: [two.key, Samples.key(3).publicKey]))
        await two.waitForMessage(Samples.status(1), from: one)
        await one.network.shutdown()
        await two.network.shutdown()
    }

    @Test func nodesOfOtherLedgersAreRefused() async throws {
        let one = try await TestNode(seed: 1)
        let two = try await TestNode(seed: 2, chain: Samples.otherChain, join: [try one.address])
        // Who dials sees the other's certificate first, and hangs up.
        await two.waitForLine("it is of ledger \(Samples.chain), and this node of \(Samples.otherChain)")
        await one.waitForLine("it doesn't accept this node's certificate")
        #expect(one.receiver.events.all.isEmpty)
        await one.network.shutdown()
        await two.network.shutdown()
    }

    @Test func aNodeDoesntLinkWithItself() async throws {
        let one = try await TestNode(seed: 1)
        #expect(one.network.add(try one.address))
        await one.waitForLine("it is this node itself")
        #expect(one.receiver.events.all.isEmpty)
        #expect(one.network.peers.isEmpty)
        await one.network.shutdown()
    }

    /// Both dial each other at once, again and again: one link is left, and it works.
    @Test func twoThatDialEachOtherHaveOneLink() async throws {
        for round in UInt64(1)...5 {
            let one = try await TestNode(seed: 1)
            let two = try await TestNode(seed: 2)
            async let first = one.network.add(try two.address)
            async let second = two.network.add(try one.address)
            #expect(try await first)
            #expect(try await second)
            await one.waitForLink(to: two)
            await two.waitForLink(to: one)
            // A message may go over a link that is given up for the other one: it is sent until it comes.
            await one.repeatUntilReceived(Samples.status(round), at: two)
            await two.repeatUntilReceived(Samples.status(round + 100), at: one)
            await one.waitForSameLink(to: two)
            await one.network.shutdown()
            await two.network.shutdown()
        }
    }

    @Test func aLinkComesBackWhenTheOtherNodeDoes() async throws {
        let one = try await TestNode(seed: 1)
        let address = try one.address
        let two = try await TestNode(seed: 2, listens: false, join: [address])
        await two.waitForLink(to: one)
        await one.network.shutdown()
        await two.receiver.events.wait { $0.contains(.unlinked(one.key)) }
        let again = try await TestNode(seed: 1, listen: address)
        await two.receiver.events.wait { $0.filter { $0 == .linked(one.key) }.count >= 2 }
        await again.repeatUntilReceived(Samples.status(4), at: two)
        #expect(two.receiver.events.all.prefix(3) == [.linked(one.key), .unlinked(one.key), .linked(one.key)])
        await again.network.shutdown()
        await two.network.shutdown()
    }

    @Test func bannedNodesAreKeptAway() async throws {
        let one = try await TestNode(seed: 1)
        let two = try await TestNode(seed: 2, listens: false, join: [try one.address])
        await one.waitForLink(to: two)
        one.network.ban(two.key, because: "two blocks in one view")
        await one.receiver.events.wait { $0.contains(.unlinked(two.key)) }
        await one.lines.wait { $0.contains { $0.contains("no link") && $0.contains("two blocks in one view") } }
        await two.waitForLine("it closed the link: it is kept away: two blocks in one view")
        #expect(one.network.peers.filter(\.isLinked).isEmpty)
        await one.network.shutdown()
        await two.network.shutdown()
    }

    @Test func anAddressThatIsTakenIsAnError() async throws {
        let one = try await TestNode(seed: 1)
        let address = try one.address
        let error = await #expect(throws: PeerError.self) { _ = try await TestNode(seed: 2, listen: address) }
        #expect("\(try #require(error))".contains("\(address)"))
        await one.network.shutdown()
    }

    @Test func configurationsThatCantBe() async {
        await #expect(throws: PeerError.self) {
            _ = try await TestNode(seed: 1) { $0.advertised = [PeerAddress(host: "a b", port: 1)] }
        }
    }
}

extension TestNode {
    /// Waits until both ends keep the same one of two links. Until then one end may have closed a link whose successor the
    /// other end has not admitted yet, and have none for a moment.
    func waitForSameLink(to other: TestNode) async {
        while true {
            let here = self.network.peers.first { $0.key == other.key && $0.isLinked }
            let there = other.network.peers.first { $0.key == self.key && $0.isLinked }
            if let here, let there, here.direction != there.direction { return }
            await Task.yield()
        }
    }

    /// Sends a message, again with each thing that happens at the receiver, until it came.
    func repeatUntilReceived(_ message: NodeMessage, at other: TestNode) async {
        let isReceived = { (events: [TestReceiver.Event]) in events.contains(.received(message, from: self.key)) }
        while !isReceived(other.receiver.events.all) {
            self.network.send(message, to: [other.key])
            await Task.yield()
        }
    }
}
