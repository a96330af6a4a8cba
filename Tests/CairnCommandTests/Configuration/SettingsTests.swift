import ArgumentParser
import Configuration
import Testing

@testable import cairn

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
             "log_level": "debug", "log_format": "json"}
            """, to: "c.json")
        let settings = try await Settings.resolve(flags: [:], file: nil, environment: ["CAIRN_CONFIG": file])
        #expect(settings.data == "d")
        #expect(settings.host == "::1")
        #expect(settings.port == 0)
        #expect(settings.demo)
        #expect(settings.allowHosts == ["a", "b"])
        #expect(settings.logLevel == .debug)
        #expect(settings.logFormat == .json)
    }

    @Test func everySettingFromTheEnvironment() async throws {
        let settings = try await Settings.resolve(
            flags: [:], file: nil,
            environment: [
                "CAIRN_DATA": "d", "CAIRN_HOST": "h", "CAIRN_PORT": "7", "CAIRN_DEMO": "yes",
                "CAIRN_ALLOW_HOSTS": "a, b", "CAIRN_WITNESSES": "x=y", "CAIRN_LOG_LEVEL": "error",
                "CAIRN_LOG_FORMAT": "json",
            ])
        #expect(settings.data == "d")
        #expect(settings.host == "h")
        #expect(settings.port == 7)
        #expect(settings.demo)
        #expect(settings.allowHosts == ["a", "b"])
        #expect(settings.witnesses == ["x=y"])
        #expect(settings.logLevel == .error)
        #expect(settings.logFormat == .json)
    }

    @Test func everyFlag() throws {
        let serve = try #require(
            try Cairn.parseAsRoot([
                "serve", "--data", "d", "--host", "h", "--port", "7", "--demo", "--allow-host", "a", "--allow-host",
                "b", "--witness", "x=y", "--log-level", "trace", "--log-format", "json",
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
        ("CAIRN_DEMO", "maybe", "CAIRN_DEMO must be true or false, not \"maybe\""),
        ("CAIRN_LOG_FORMAT", "xml", "CAIRN_LOG_FORMAT must be one of text, json, not \"xml\""),
    ])
    func wrongVariable(name: String, value: String, message: String) async {
        await #expect(throws: CommandFailure.failed(message)) {
            try await Settings.resolve(flags: [:], file: nil, environment: [name: value])
        }
    }
}
