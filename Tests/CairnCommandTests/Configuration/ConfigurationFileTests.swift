import CairnCommand
import Testing

struct ConfigurationFileTests {
    @Test(arguments: [
        (
            #"{"prot":1}"#,
            "c.json: there is no setting \"prot\"; there are advertise, allow_hosts, chain, data, demo, host, http_threads, join, log_format, log_level, peer_host, peer_port, port, scrub, snapshot, witnesses"
        ),
        (#"{"port":"5000"}"#, "c.json: \"port\" must be a number from 0 to 65535, not \"5000\""),
        (#"{"port":true}"#, "c.json: \"port\" must be a number from 0 to 65535, not true"),
        (#"{"port":65536}"#, "c.json: \"port\" must be a number from 0 to 65535, not 65536"),
        (#"{"demo":1}"#, "c.json: \"demo\" must be true or false, not 1"),
        (#"{"data":""}"#, "c.json: \"data\" must be a text that isn't empty, not \"\""),
        (
            #"{"allow_hosts":["a",1]}"#,
            "c.json: \"allow_hosts\" must be a list of names or addresses such as ledger.example.com, not [\"a\",1]"
        ),
        (
            #"{"allow_hosts":["http://a"]}"#,
            "c.json: \"allow_hosts\" must be a list of names or addresses such as ledger.example.com, not [\"http://a\"]"
        ),
        (#"[]"#, "c.json must hold a JSON object"),
    ])
    func namesWhatIsWrong(text: String, message: String) {
        #expect(throws: CommandFailure.failed(message)) {
            try ConfigurationFile.check(Array(text.utf8), path: "c.json")
        }
    }

    @Test func saysWhereItIsNoJSON() throws {
        let failure = try #require(throws: CommandFailure.self) {
            try ConfigurationFile.check(Array(#"{"port":}"#.utf8), path: "c.json")
        }
        #expect(failure.message.hasPrefix("c.json is no JSON: "))
        #expect(failure.message.hasSuffix("at byte 8"))
    }

    @Test("D15: a file with a minus sign in front need not be there")
    func optionalFile() {
        #expect(ConfigurationFile.path(named: "/nowhere/c.json") == "/nowhere/c.json")
        #expect(ConfigurationFile.path(named: "-/nowhere/c.json") == nil)
        #expect(ConfigurationFile.path(named: "-/dev/null/c.json") == nil)
        #expect(ConfigurationFile.path(named: "-/etc/passwd") == "/etc/passwd")
    }

    @Test func missingFile() {
        #expect(
            throws: CommandFailure.failed("can't read the configuration file /nowhere/c.json: there is no such file")
        ) { try ConfigurationFile.check(path: "/nowhere/c.json") }
    }
}
