import CairnPeers
import Testing

struct AddressFileTests {
    private static let file = AddressFile(
        records: [
            Samples.record(2, [PeerAddress(host: "::1", port: 3)], observedHost: "192.0.2.1"),
            Samples.record(1, [PeerAddress(host: "", port: 3), PeerAddress(host: "b", port: 4)]),
        ], added: [PeerAddress(host: "z", port: 1), PeerAddress(host: "y", port: 1)],
        joined: [PeerAddress(host: "z", port: 1)])

    @Test func itComesBack() throws {
        #expect(try AddressFile(decoding: Self.file.encoded()) == Self.file)
        let empty = AddressFile(records: [], added: [])
        #expect(try AddressFile(decoding: empty.encoded()) == empty)
    }

    @Test func damageIsFound() {
        let bytes = Self.file.encoded()
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 0x10
            #expect(throws: AddressFileError.self) { try AddressFile(decoding: damaged) }
            #expect(throws: AddressFileError.self) { try AddressFile(decoding: Array(bytes.prefix(place))) }
        }
    }
}
