import CairnPeers
import Testing

struct PeerAddressTests {
    @Test func ipv6AddressesAreInBrackets() {
        #expect(PeerAddress(host: "::1", port: 5001).description == "[::1]:5001")
        #expect(PeerAddress(host: "node-1.example.com", port: 7).description == "node-1.example.com:7")
    }

    @Test(arguments: [
        ("node-1.example.org:7", "node-1.example.org:7"), ("node-1.example.org", "node-1.example.org:5001"),
        ("10.0.0.1", "10.0.0.1:5001"), ("[2001:db8::1]:80", "[2001:db8::1]:80"), ("[::1]", "[::1]:5001"),
        ("::1", "[::1]:5001"), ("fe80::1%eth0", "[fe80::1%eth0]:5001"), ("ws://localhost:6001", "localhost:6001"),
        ("wss://Example.ORG/cairn/link/1", "example.org:5001"), ("ws://[::1]:9/x?y#z", "[::1]:9"),
        ("WS://a", "a:5001"), ("a:65535", "a:65535"),
    ])
    func whatPeopleWrite(text: String, address: String) throws {
        #expect(try PeerAddress(parsing: text).description == address)
    }

    @Test(arguments: [
        ("", PeerAddressError.noHost("")), ("ws://", .noHost("ws://")), (":5001", .noHost(":5001")),
        ("http://a", .scheme("http", of: "http://a")), ("a b:1", .host("a b", of: "a b:1")),
        ("a:0", .port("0", of: "a:0")), ("a:65536", .port("65536", of: "a:65536")), ("a:", .port("", of: "a:")),
        ("a:+1", .port("+1", of: "a:+1")), ("[::1", .bracket("[::1")), ("[::1]5", .bracket("[::1]5")),
        ("[a]:1", .host("a", of: "[a]:1")), ("user@a:1", .host("user@a", of: "user@a:1")),
        ("ä:1", .host("ä", of: "ä:1")),
    ])
    func whatIsNoAddress(text: String, error: PeerAddressError) {
        #expect(throws: error) { try PeerAddress(parsing: text) }
        #expect(!error.description.isEmpty)
    }
}
