import CairnConsensus
import CairnHash
import CairnLedger
import CairnSimulation
import Testing

/// The parts that checkers are made of, against published vectors and against what they check.
struct CheckerTests {
    @Test func treeHashesAsTheStandardSays() {
        // RFC 9162's tree over the leaves of Certificate Transparency's reference vectors, first sizes.
        var tree = PlainTree()
        #expect(Hex.encode(tree.root) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        tree.append(record: [])
        #expect(Hex.encode(tree.root) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        tree.append(record: [0])
        #expect(Hex.encode(tree.root) == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")
        tree.append(record: [0x10])
        #expect(Hex.encode(tree.root) == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")
    }

    @Test func jsonOfAnAnnexIsRead() throws {
        let json = try #require(PlainJSON(Array(#"{"a":[1,[],{"b":"c"}],"d":18446744073709551615}"#.utf8)))
        #expect(json.names == ["a", "d"])
        #expect(json["d"]?.number == UInt64.max)
        #expect(json["a"]?.array?[2]["b"]?.string == "c")
        for text in ["", "{", "[1", "\"a", "{\"a\":}", "1 ", "nul", #""\n""#] {
            #expect(PlainJSON(Array(text.utf8)) == nil)
        }
    }

    @Test func textsOfBytesAreRead() {
        #expect(PlainText.hex("00ff10") == [0, 255, 16])
        #expect(PlainText.hex("0") == nil)
        #expect(PlainText.hex("0G") == nil)
        // RFC 4648, section 10.
        for (text, plain) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")] {
            #expect(PlainText.base64(text) == Array(plain.utf8))
        }
        #expect(PlainText.base64("Z-==") == nil)
    }

    @Test func quorums() throws {
        func members(_ powers: [UInt64], _ model: String) throws -> PlainMembers {
            let list = powers.enumerated().map {
                #"{"key":"\#(String(repeating: "0", count: 62))0\#($0)","power":\#($1)}"#
            }
            let text = #"{"fault_model":"\#(model)","members":[\#(list.joined(separator: ","))]}"#
            return try #require(PlainMembers(PlainJSON(Array(text.utf8))))
        }
        for (powers, model, most) in [
            ([1, 1, 1], "majority", UInt64(1)), ([1, 1, 1, 1], "majority", 2), ([1, 1, 1, 1], "bft", 2),
            ([5, 1, 1], "bft", 4), ([1], "bft", 0), ([3, 3, 3], "bft", 6),
        ] as [([UInt64], String, UInt64)] {
            let set = try members(powers, model)
            #expect(!set.isQuorum(most))
            #expect(set.isQuorum(most + 1))
        }
        #expect(PlainMembers(PlainJSON(Array(#"{"fault_model":"none","members":[]}"#.utf8))) == nil)
    }

    @Test func clocksRunOn() {
        for drift in [Int64(-300), 0, 300] {
            var clock = SimulatedClock(driftPerMillion: drift, wallOffsetMicroseconds: -7)
            clock.startProcess(at: .seconds(5), instant: 1_000)
            for time in [WorldTime.seconds(5), .seconds(6) + 1, .seconds(70) + 12_345] {
                let instant = clock.moment(at: time).instant
                let found = clock.time(of: instant, notBefore: .seconds(5))
                #expect(clock.moment(at: found).instant >= instant)
                #expect(found <= time + 1_000_000)
            }
        }
    }

    @Test func eventsComeInOrder() {
        var queue = EventQueue<Int>()
        var draw = SeededGenerator(seed: 1)
        for number in 0..<500 { queue.schedule(number, at: draw.below(50)) }
        var last: (time: WorldTime, event: Int)?
        var count = 0
        while let next = queue.takeNext() {
            if let last { #expect(last.time < next.time || (last.time == next.time && last.event < next.event)) }
            last = next
            count += 1
        }
        #expect(count == 500)
    }

    @Test func forgeriesAreFound() {
        var draw = SeededGenerator(seed: 1)
        for signing in [SimulatedKey.Signing.hashed, .ed25519] {
            let keys = SimulatedKey.make(2, signing: signing, using: &draw)
            let signature = keys[0].sign([1, 2, 3])
            #expect(keys[1].verifier.isValid(signature, of: keys[0].publicKey, for: [1, 2, 3]))
            #expect(!keys[1].verifier.isValid(signature, of: keys[0].publicKey, for: [1, 2]))
            #expect(!keys[1].verifier.isValid(signature, of: keys[1].publicKey, for: [1, 2, 3]))
        }
    }
}
