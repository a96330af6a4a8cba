import CairnPeers
import Testing

struct PendingHandshakesTests {
    private static func make(_ limit: Int, perSource: Int, reserve: Int) -> PendingHandshakes {
        var limits = PeerLimits()
        limits.handshakes = limit
        limits.handshakesPerHost = perSource
        limits.handshakesReserved = reserve
        return PendingHandshakes(limits: limits)
    }

    @Test("C5: whoever holds connections open loses its own to newcomers")
    func newcomersFindRoom() {
        var pending = Self.make(8, perSource: 4, reserve: 2)
        var id: UInt64 = 0
        func begin(_ host: String, isKnown: Bool = false) -> UInt64? {
            id += 1
            return pending.begin(id: id, from: SourceNetwork(host), isKnown: isKnown)
        }
        for _ in 0..<4 { #expect(begin("192.0.2.1") == nil) }
        // Its share is full: its own oldest goes.
        #expect(begin("192.0.2.1") == 1)
        for _ in 0..<3 { #expect(begin("192.0.2.2") == nil) }
        #expect(begin("192.0.2.3") == nil)
        // All is full: the oldest of who has most.
        #expect(begin("192.0.2.4") == 2)
        #expect(pending.count == 8)
        // A member's network has places that strangers don't take.
        #expect(begin("192.0.2.5", isKnown: true) == nil)
        #expect(begin("192.0.2.5", isKnown: true) == nil)
        #expect(begin("192.0.2.5", isKnown: true) == 11)
        #expect(pending.count == 10)
        for _ in 0..<40 { _ = begin("192.0.2.9") }
        pending.end(id: 12)
        #expect(pending.count == 9)
    }

    @Test("C5: an IPv6 network counts once, and an IPv4 address in IPv6 form as itself")
    func networks() {
        #expect(SourceNetwork("2001:db8:1:2::1") == SourceNetwork("2001:db8:1:2:ffff:ffff:ffff:ffff"))
        #expect(SourceNetwork("2001:db8:1:2::1") != SourceNetwork("2001:db8:1:3::1"))
        #expect(SourceNetwork("::ffff:192.0.2.1") == SourceNetwork("192.0.2.1"))
        #expect(SourceNetwork("::ffff:c000:201") == SourceNetwork("192.0.2.1"))
        #expect(SourceNetwork("192.0.2.1") != SourceNetwork("192.0.2.2"))
        #expect(SourceNetwork("fe80::1%lo") == SourceNetwork("fe80::2"))
        #expect(SourceNetwork("2001:db8:1:2::1").description == "2001:db8:1:2::/64")
        #expect(SourceNetwork("node.example.org") != SourceNetwork("node.example.com"))
    }
}
