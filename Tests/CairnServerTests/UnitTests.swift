import CairnHash
import CairnLedger
import CairnNode
import CairnServer
import CairnStore
import NIOCore
import NIOHTTP1
import Testing

struct JSONWriterTests {
    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter(capacity: 1)
        write(&json)
        return String(buffer: json.buffer)
    }

    @Test func commas() {
        let text = self.text { json in
            json.object { json in
                json.field("a", UInt64(1))
                json.name("b")
                json.array { json in
                    json.value(true)
                    json.null()
                    json.object { _ in }
                    json.array { json in json.value("x") }
                }
                json.nullField("c")
            }
        }
        #expect(text == #"{"a":1,"b":[true,null,{},["x"]],"c":null}"#)
    }

    @Test func strings() {
        let text = self.text { json in json.value("a\"b\\c\u{1}\n\u{1F}é\u{1F600}") }
        #expect(text == #""a\"b\\c\u0001\u000a\u001fé😀""#)
    }

    @Test func numbers() {
        let text = self.text { json in
            json.array { json in
                json.value(UInt64.max)
                json.value(0.25)
                json.value(1e-7)
            }
        }
        #expect(text.hasPrefix("[18446744073709551615,0.25,"))
        #expect(JSON(parsing: text)[2] == .number(1e-7))
    }
}

struct RequestTests {
    @Test func targets() throws {
        let target = try RequestTarget("/a/%62%2Fc?x=1&y=%C3%A9&z")
        #expect(try target.segments() == ["a", "b/c"])
        let query = try target.query(allowed: ["x", "y", "z"])
        #expect(query.text("y") == "é" && query.text("z") == "")
        #expect(try query.number("x") == 1)
        #expect(try RequestTarget("http://host").rawPath == "/")
    }

    @Test(arguments: ["example", "*", "ftp://x/"])
    func otherTargets(text: String) {
        #expect(throws: Problem.self) { try RequestTarget(text) }
    }

    @Test(arguments: [("0", 0), ("18446744073709551615", UInt64.max)])
    func numbers(text: String, number: UInt64) throws {
        #expect(try Query.number(text, name: "n") == number)
    }

    @Test(arguments: ["", "+1", " 1", "1 ", "١", "1e3", "0x10", "00", "18446744073709551616"])
    func numbersThatAreNone(text: String) {
        #expect(throws: Problem.self) { try Query.number(text, name: "n") }
    }

    @Test func dates() {
        // The example of RFC 9110, section 5.6.7.
        #expect(HTTPDate.text(secondsSince1970: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    @Test func secondsAreExact() {
        #expect(NaivechainFace.seconds(Timestamp(microseconds: 1_465_154_705_000_042)) == "1465154705.000042")
    }
}

struct ProblemTests {
    @Test func typesAreDifferentAndTitled() {
        #expect(Set(Problem.Code.allCases.map(\.type)).count == Problem.Code.allCases.count)
        for code in Problem.Code.allCases {
            #expect(code.status.code >= 400)
            #expect(!code.title.isEmpty && !code.title.hasSuffix("."))
        }
    }

    @Test(arguments: [
        (AppendError.queueFull, 503), (.noSpace, 507), (.idReused, 422), (.stopped, 503),
    ])
    func appendErrors(error: AppendError, status: Int) {
        #expect(Problem(error).response().status.code == UInt(status))
    }

    @Test func corruption() {
        let error = ReadError.store(
            .corrupt(Corruption(file: "blocks/3", block: 17, reason: "the checksum is wrong")))
        let response = Problem(error).response()
        let json = JSON(parsing: String(buffer: response.body))
        #expect(response.status == .internalServerError)
        #expect(json["file"].text == "blocks/3" && json["block"].int == 17)
        #expect(json["reason"].text == "the checksum is wrong")
    }

    @Test func anIndexThatIsBehind() {
        let problem = Problem(ReadError.indexBehind(next: 3, head: 9))
        #expect(problem.code == .indexBehind)
        #expect(problem.headers.contains { $0 == ("retry-after", "1") })
    }
}

extension ProblemTests {
    @Test func aHistoryThatIsNotHereYet() {
        let progress = SnapshotProgress(firstBlock: 70, firstRecord: 700, historyHead: 8, historySize: 80)
        let problem = Problem(ReadError.notHereYet(progress))
        #expect(problem.code == .historyNotHereYet)
        #expect(problem.headers.contains { $0 == ("retry-after", "10") })
        let response = problem.response()
        let json = JSON(parsing: String(buffer: response.body))
        #expect(response.status == .serviceUnavailable)
        #expect(json["type"].text == "urn:cairn:problem:history-not-here-yet")
        #expect(json["first_block"].int == 70 && json["first_record"].int == 700 && json["history_block"].int == 8)
        #expect(Problem(AppendError.notHereYet).code == .historyNotHereYet)
        #expect(Problem(ReadError.store(.notHereYet(before: 70))).code == .historyNotHereYet)
    }
}

struct FaceBlockTests {
    /// Whatever is no genesis block shows its records, also when there are none.
    @Test func data() throws {
        for (index, records, data) in [
            (0, [], #""hi""#), (1, [], "[]"), (1, ["{}"], "{}"), (2, ["1", "[2]"], "[1,[2]]"),
        ] as [(UInt64, [String], String)] {
            var entries = Entries()
            for record in records { entries.append(try Record(json: record)) }
            let key = try #require(PublicKey(bytes: Array(repeating: 1, count: 32)))
            let header = BlockHeader(
                index: BlockIndex(index), timestamp: Timestamp(microseconds: 0), previousHash: .zero, treeSize: 2,
                treeRoot: .zero, annexHash: .zero, proposer: key, epoch: 0)
            let block = FaceBlock(
                Block(header: header, annexBytes: [], entries: entries), genesisMessage: "hi")
            #expect(String(decoding: block.data, as: UTF8.self) == data)
        }
    }
}

struct LimitTests {
    @Test func limitsFitTogether() {
        #expect(HTTPLimits.batchBodyBytesMax == 32 << 20)
        #expect(HTTPLimits.recordBodyBytesMax < HTTPLimits.batchBodyBytesMax)
        #expect(HTTPLimits.batchBodyBytesMax <= HTTPLimits.heldBodyBytesMax)
        #expect(HTTPLimits.unwantedBodyBytesMax <= HTTPLimits.heldBodyBytesMax)
        #expect(HTTPLimits.headerFieldBytesMax <= HTTPLimits.headerBytesMax)
        #expect(HTTPLimits.unsentBytesLow < HTTPLimits.unsentBytesHigh)
        #expect(HTTPLimits.chunkBytes <= HTTPLimits.unsentBytesHigh)
        #expect(HTTPLimits.pageRecordsDefault <= HTTPLimits.pageRecordsMax)
        #expect(HTTPLimits.pageBlocksDefault <= HTTPLimits.pageBlocksMax)
    }
}
