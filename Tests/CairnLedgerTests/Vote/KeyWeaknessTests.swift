import CairnHash
import CairnLedger
import Testing

struct KeyWeaknessTests {
    private static let order8 = [
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ]

    private static func bytes(_ first: UInt8, _ rest: UInt8, _ last: UInt8) -> [UInt8] {
        [first] + [UInt8](repeating: rest, count: 30) + [last]
    }

    /// All encodings of the eight points: canonical, with a sign bit that they can't have, and beyond the prime.
    static var smallOrder: [[UInt8]] {
        var all = order8.compactMap { Hex.decode($0) }
        all += [
            bytes(1, 0, 0), bytes(0, 0, 0), bytes(0xEC, 0xFF, 0x7F), bytes(0xED, 0xFF, 0x7F), bytes(0xEE, 0xFF, 0x7F),
        ]
        return all + all.map { $0.dropLast() + [$0[31] | 0x80] }
    }

    @Test("C6: points of small order are no keys", arguments: smallOrder)
    func smallOrderIsWeak(bytes: [UInt8]) throws {
        let key = try #require(PublicKey(bytes: bytes))
        #expect(key.weakness == .smallOrder)
    }

    /// Why it matters: with the neutral element as the key, R = B and S = 1 are a signature of every message.
    @Test("C6: a made-up signature holds for a key of small order")
    func madeUpSignatures() throws {
        let key = try #require(PublicKey(bytes: Self.bytes(1, 0, 0)))
        let base = try #require(Hex.decode("5866666666666666666666666666666666666666666666666666666666666666"))
        let signature = try #require(Signature(bytes: base + Self.bytes(1, 0, 0)))
        for message in ["a", "b", "c"] { #expect(key.isValid(signature, for: Array(message.utf8))) }
    }

    @Test("C6: a point has one encoding")
    func notCanonical() throws {
        for low in UInt8(0xEF)...0xFF {
            for sign: UInt8 in [0x7F, 0xFF] {
                let key = try #require(PublicKey(bytes: Self.bytes(low, 0xFF, sign)))
                #expect(key.weakness == .notCanonical)
            }
        }
        // One below the prime, by another byte, is a number like any other.
        #expect(PublicKey(bytes: Self.bytes(0xEB, 0xFF, 0x7F))?.weakness == nil)
        #expect(PublicKey(bytes: Self.bytes(0xFF, 0xFE, 0x7F))?.weakness == nil)
        #expect(PublicKey(bytes: Self.bytes(0xFF, 0xFF, 0x7E))?.weakness == nil)
    }

    @Test func keysOfPeopleAreNot() {
        for seed in UInt8(1)...50 { #expect(Samples.key(seed).publicKey.weakness == nil) }
    }

    @Test("C6: a policy takes no weak key", arguments: smallOrder)
    func verifierKeys(bytes: [UInt8]) throws {
        let weak = try #require(PublicKey(bytes: bytes))
        let vkey = try NoteKey(name: ExactText("log.example.org"), kind: .log, publicKey: weak).vkey
        #expect(throws: NoteKeyError.weak(.smallOrder)) { try NoteKey(vkey: vkey) }
    }

    @Test("C6: a weak key can't join, and a chain in which one joined stays readable")
    func changes() throws {
        let present = Samples.members([1, 1])
        let weak = try #require(PublicKey(bytes: Self.bytes(1, 0, 0)))
        let next = try #require(MemberSet(present.members + [Member(key: weak)], faultModel: .majority))
        #expect(throws: MemberChangeError.weakKey(weak, .smallOrder)) { try next.checkKeys(joining: present) }
        // One that is a member already may stay, and leave.
        try present.checkKeys(joining: next)
        try next.checkKeys(joining: next)
        let base = try #require(Hex.decode("5866666666666666666666666666666666666666666666666666666666666666"))
        let signature = try #require(Signature(bytes: base + Self.bytes(1, 0, 0)))
        var change = Samples.change(
            to: next, from: present, epoch: 6, chain: Samples.digest(1), signers: [1, 2], joining: [])
        change.joining = [signature]
        try change.verify(present: Samples.epoch(present, 6, of: Samples.digest(1)))
        #expect(throws: MemberChangeError.weakKey(weak, .smallOrder)) { try change.checkJoiningKeys(present: present) }
    }
}
