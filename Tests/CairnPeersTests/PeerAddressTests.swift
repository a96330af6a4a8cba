import CairnPeers
import Testing

struct PeerAddressTests {
    @Test func ipv6AddressesAreInBrackets() {
        #expect(PeerAddress(host: "::1", port: 5001).description == "[::1]:5001")
        #expect(PeerAddress(host: "node-1.example.com", port: 7).description == "node-1.example.com:7")
    }
}
