import ArgumentParser
import CairnCommand
import CairnHash
import CairnPeers
import Configuration
import Testing

struct SettingsTests {
    private let directory: TemporaryDirectory

    init() throws {
        self.directory = try TemporaryDirectory()
    }

    @Test func defaults() async throws {
        let settings = try await Settings.resolve(flags: [:], file: nil, environment: [:])
        #expect(settings == Settings())
        #expect(settings.data == "./cairn-data")
        #expect(settings.host == "127.0.0.1")
        #expect(settings.port == 5_000)
        #expect(!settings.demo)
    }

    @Test func flagBeforeEnvironmentBeforeFileBeforeDefault() async throws {
        let file = try self.directory.write(#"{"data":"f","host":"f","port":1}"#, to: "c.json")
        let settings = try await Settings.resolve(
            flags: [.data: "flag"], file: file, environment: ["CAIRN_DATA": "e", "CAIRN_HOST": "e"])
        #expect(settings.data == "flag")
        #expect(settings.host == "e")
        #expect(settings.port == 1)
        #expect(settings.logLevel == .info)
    }

    @Test func everySettingFromTheFile() async throws {
        let file = try self.directory.write(
            """
            {"data": "d", "host": "::1", "port": 0, "demo": true, "allow_hosts": ["a", "b"],
             "log_level": "debug", "log_format": "json", "scrub": "off", "http_threads": 3}
            """, to: "c.json")
        let settings = try await Settings.resolve(flags: [:], file: nil, environment: ["CAIRN_CONFIG": file])
        #expect(settings.data == "d")
        #expect(settings.host == "::1")
        #expect(settings.port == 0)
        #expect(settings.demo)
        #expect(settings.allowHosts == ["a", "b"])
        #expect(settings.logLevel == .debug)
        #expect(settings.logFormat == .json)
        #expect(settings.scrub.bytesPerSecond == nil)
        #expect(settings.httpThreads == 3)
    }

    @Test func everySettingFromTheEnvironment() async throws {
        let settings = try await Settings.resolve(
            flags: [:], file: nil,
            environment: [
                "CAIRN_DATA": "d", "CAIRN_HOST": "h", "CAIRN_PORT": "7", "CAIRN_DEMO": "yes",
                "CAIRN_ALLOW_HOSTS": "a, b", "CAIRN_WITNESSES": "x=y", "CAIRN_LOG_LEVEL": "error",
                "CAIRN_LOG_FORMAT": "json",
                "CAIRN_SCRUB": "3GB/s", "CAIRN_PEER_HOST": "p", "CAIRN_PEER_PORT": "8", "CAIRN_ADVERTISE": "a:1",
                "CAIRN_JOIN": "b, [::1]:2", "CAIRN_CHAIN": String(repeating: "0a", count: 32),
            ])
        #expect(settings.data == "d")
        #expect(settings.host == "h")
        #expect(settings.port == 7)
        #expect(settings.demo)
        #expect(settings.allowHosts == ["a", "b"])
        #expect(settings.witnesses == ["x=y"])
        #expect(settings.logLevel == .error)
        #expect(settings.logFormat == .json)
        #expect(settings.scrub.bytesPerSecond == 3_000_000_000)
        #expect(settings.peerHost == "p")
        #expect(settings.peerPort == 8)
        #expect(settings.advertise.map(\.description) == ["a:1"])
        #expect(settings.join.map(\.description) == ["b:5001", "[::1]:2"])
        #expect(settings.chain?.description == String(repeating: "0a", count: 32))
    }

    @Test func everyFlag() throws {
        let serve = try #require(
            try Cairn.parseAsRoot([
                "serve", "--data", "d", "--host", "h", "--port", "7", "--demo", "--allow-host", "a", "--allow-host",
                "b", "--witness", "x=y", "--log-level", "trace", "--log-format", "json", "--scrub", "off",
                "--peer-host", "h", "--peer-port", "0", "--advertise", "a:1", "--join", "b", "--join", "[::1]:2",
                "--chain", String(repeating: "0a", count: 32), "--snapshot", "--http-threads", "1",
            ]) as? Serve)
        #expect(serve.options.flags.count == Setting.allCases.count)
        let none = try #require(try Cairn.parseAsRoot(["serve"]) as? Serve)
        #expect(none.options.flags.isEmpty)
    }

    @Test func anEmptyVariableIsNone() async throws {
        let settings = try await Settings.resolve(flags: [:], file: nil, environment: ["CAIRN_PORT": ""])
        #expect(settings.port == 5_000)
    }

    @Test(arguments: [
        ("CAIRN_PORT", "http", "CAIRN_PORT must be a number from 0 to 65535, not \"http\""),
        ("CAIRN_PORT", "70000", "CAIRN_PORT must be a number from 0 to 65535, not \"70000\""),
        (
            "CAIRN_SCRUB", "fast",
            "CAIRN_SCRUB must be bytes a second such as 500kB/s or 8MB/s, or off, not \"fast\""
        ),
        (
            "CAIRN_JOIN", "a:1,:2",
            "CAIRN_JOIN must be a list of addresses such as node2.example.com:5001, not \"a:1,:2\""
        ),
        ("CAIRN_CHAIN", "0a", "CAIRN_CHAIN must be 64 hexadecimal digits, not \"0a\""),
        ("CAIRN_HTTP_THREADS", "-1", "CAIRN_HTTP_THREADS must be a number from 0 to 1024, not \"-1\""),
        ("CAIRN_DEMO", "maybe", "CAIRN_DEMO must be true or false, not \"maybe\""),
        ("CAIRN_LOG_FORMAT", "xml", "CAIRN_LOG_FORMAT must be one of text, json, not \"xml\""),
    ])
    func wrongVariable(name: String, value: String, message: String) async {
        await #expect(throws: CommandFailure.failed(message)) {
            try await Settings.resolve(flags: [:], file: nil, environment: [name: value])
        }
    }

    @Test(
        arguments: [
            ("8MB/s", 8_000_000), ("8MB", 8_000_000), ("1GB/s", 1_000_000_000), ("500kB/s", 500_000), ("7B/s", 7),
            ("off", nil),
        ] as [(String, UInt64?)])
    func rates(text: String, bytesPerSecond: UInt64?) throws {
        let rate = try #require(ByteRate(text))
        #expect(rate.bytesPerSecond == bytesPerSecond)
        #expect(ByteRate(rate.description) == rate)
    }

    @Test(arguments: [
        "", "8", "MB/s", "0MB/s", "-1MB/s", "1.5MB/s", "8mb/s", "8 MB/s", "18446744073709551615GB/s", "Off",
    ])
    func whatIsNoRate(text: String) {
        #expect(ByteRate(text) == nil)
    }
}
