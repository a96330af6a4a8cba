import CairnConsensus
import CairnLedger
import CairnPeers
import NIOCore
import Testing

/// A slow node costs its own link only.
@Suite(.timeLimit(.minutes(1)))
struct FlowTests {
    private static let large = NodeMessage.vote(.block(Samples.block(records: 4, byteCount: 65_000)))

    @Test func aFullQueueTakesNoMore() async throws {
        let one = try await TestNode(seed: 1) { $0.limits.queueBytes = 1 << 20 }
        let two = try await TestNode(seed: 2, listens: false, join: [try one.address])
        let raw = RawPeer(seed: 9)
        try await raw.link(to: one)
        let slow = Samples.key(9).publicKey
        await one.waitForLink(to: two)
        try await raw.setReading(false)
        // What the system's buffers take is much, but not without end.
        var sent = 0
        while one.network.send(Self.large, to: [slow]) { sent += 1 }
        #expect(sent > 3)
        // Votes still fit, and other links don't notice.
        #expect(one.network.send(Samples.status(1), to: [slow]))
        #expect(one.network.send(Self.large, to: [two.key]))
        await two.waitForMessage(Self.large, from: one)
        // Once it reads again, all that was accepted comes.
        try await raw.setReading(true)
        let expected = sent + 1
        await raw.events.wait { events in
            events.count { if case .received = $0 { true } else { false } } == expected
        }
        raw.close()
        await one.network.shutdown()
        await two.network.shutdown()
    }

    @Test func whatIsNotDealtWithStopsReading() async throws {
        let receiver = TestReceiver(holdsCredits: true)
        let one = try await TestNode(seed: 1, receiver: receiver) { $0.limits.unfinishedMessages = 10 }
        let raw = RawPeer(seed: 9)
        try await raw.link(to: one)
        let link = try #require(raw.link)
        // Enough to fill what lies between the two, so that the sender's queue is what grows.
        let bytes = try WireMessage.node(Self.large).encoded()
        var sent = 0
        while link.send(bytes) { sent += 1 }
        let held = receiver.events.all.count - 1
        #expect(held < sent)
        receiver.finishCredits()
        let expected = sent
        await receiver.events.wait { events in
            events.count { if case .received = $0 { true } else { false } } == expected
        }
        raw.close()
        await one.network.shutdown()
    }

    @Test func membersTakeThePlaceOfOthers() async throws {
        let one = try await TestNode(seed: 1) { $0.limits.links = 1 }
        one.network.setMembers([Samples.key(1).publicKey, Samples.key(3).publicKey])
        let two = RawPeer(seed: 2)
        try await two.link(to: one)
        let other = RawPeer(seed: 4)
        try await other.dial(try one.address)
        let refusal = await other.waitForEnd()
        #expect("\(try #require(refusal))".contains("as many links as this node takes"))
        let member = RawPeer(seed: 3)
        try await member.link(to: one)
        let end = await two.waitForEnd()
        #expect("\(try #require(end))".contains("a member needs its place"))
        await one.receiver.events.wait { $0.contains(.unlinked(Samples.key(2).publicKey)) }
        #expect(one.network.peers.filter(\.isLinked).map(\.isMember) == [true])
        await one.network.shutdown()
    }
}
