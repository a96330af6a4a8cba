package import CairnHash
package import CairnPeers
package import Configuration
import Foundation

/// The settings of a command: from flags, then environment variables, then the configuration file, then defaults.
package struct Settings: Equatable, Sendable {
    static let dataDefault = "./cairn-data"
    static let hostDefault = "127.0.0.1"
    static let portDefault = 5_000
    /// Reads 691 GB a day, and takes 1 % of what a core can check.
    static let scrubDefault = ByteRate(bytesPerSecond: 8_000_000)

    package var data = Self.dataDefault
    package var host = Self.hostDefault
    package var port = Self.portDefault
    package var demo = false
    package var allowHosts: [String] = []
    package var witnesses: [String] = []
    package var logLevel = LogLevel.info
    package var logFormat = LogFormat.text
    package var scrub = Self.scrubDefault
    package var peerHost = Self.hostDefault
    /// Nil: the node takes no links.
    package var peerPort: UInt16?
    package var advertise: [PeerAddress] = []
    package var join: [PeerAddress] = []
    /// The ledger to follow; nil: a new one is founded when there is none.
    package var chain: Digest?
    /// Whether a ledger that is copied begins at its newest block.
    var snapshot = false
    /// Nil: one for each core.
    package var httpThreads: Int?

    /// Reads all sources.
    ///
    /// - Parameters:
    ///   - flags: what was given on the command line.
    ///   - file: the path of the configuration file; nil: the one that the environment names, if any.
    /// - Throws: an error that names the setting and where its value comes from.
    package static func resolve(
        flags: [Setting: ConfigValue], file: String?, environment: [String: String]
    ) async throws(CommandFailure) -> Settings {
        let environment = environment.filter { !$0.value.isEmpty }
        for setting in Setting.allCases {
            guard let text = environment[setting.environmentName], !setting.kind.accepts(text: text) else { continue }
            throw .failed("\(setting.environmentName) must be \(setting.kind.expectation), not \"\(text)\"")
        }
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (setting, value) in flags { values[AbsoluteConfigKey(setting.configKey)] = value }
        var providers: [any ConfigProvider] = [
            InMemoryProvider(name: "flags", values: values),
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: ["cairn"]),
        ]
        if let path = (file ?? environment[Setting.fileVariable]).flatMap(ConfigurationFile.path(named:)) {
            try ConfigurationFile.check(path: path)
            do {
                let place = InMemoryProvider(values: ["filePath": ConfigValue(.string(path), isSecret: false)])
                providers.append(try await FileProvider<JSONSnapshot>(config: ConfigReader(provider: place)))
            } catch {
                throw .failed("can't read the configuration file \(path): \(error)")
            }
        }
        let settings: Settings
        do {
            settings = try await Settings(reading: ConfigReader(providers: providers))
        } catch {
            // All sources were checked before.
            throw .failed("a setting can't be read: \(error)")
        }
        _ = try DirectoryPath.checked(settings.data, "the data directory (--data)")
        return settings
    }

    /// The data directory of a command that takes no other setting: `flag`, or what environment and file say.
    package static func directory(_ flag: String?) async throws(CommandFailure) -> String {
        if let flag { return try DirectoryPath.checked(flag, "--data") }
        return try await self.resolve(flags: [:], file: nil, environment: ProcessInfo.processInfo.environment).data
    }

    private init(reading reader: ConfigReader) async throws {
        self.init()
        func text(_ setting: Setting) async throws -> String? {
            try await reader.fetchString(forKey: setting.configKey)
        }
        self.data = try await text(.data) ?? self.data
        self.host = try await text(.host) ?? self.host
        self.port = try await reader.fetchInt(forKey: Setting.port.configKey) ?? self.port
        self.demo = try await reader.fetchBool(forKey: Setting.demo.configKey) ?? self.demo
        self.allowHosts = try await reader.fetchStringArray(forKey: Setting.allowHosts.configKey) ?? self.allowHosts
        self.witnesses = try await reader.fetchStringArray(forKey: Setting.witnesses.configKey) ?? self.witnesses
        self.logLevel = try await text(.logLevel).flatMap(LogLevel.init(rawValue:)) ?? self.logLevel
        self.scrub = try await text(.scrub).flatMap { ByteRate($0) } ?? self.scrub
        self.logFormat = try await text(.logFormat).flatMap(LogFormat.init(rawValue:)) ?? self.logFormat
        func peers(_ setting: Setting) async throws -> [PeerAddress] {
            try await reader.fetchStringArray(forKey: setting.configKey)?.map { try PeerAddress(parsing: $0) } ?? []
        }
        self.peerHost = try await text(.peerHost) ?? self.peerHost
        self.peerPort = try await reader.fetchInt(forKey: Setting.peerPort.configKey).flatMap(UInt16.init(exactly:))
        self.advertise = try await peers(.advertise)
        self.join = try await peers(.join)
        self.snapshot = try await reader.fetchBool(forKey: Setting.snapshot.configKey) ?? self.snapshot
        self.httpThreads = try await reader.fetchInt(forKey: Setting.httpThreads.configKey)
        self.chain = try await text(.chain).flatMap { Digest(hex: $0) }
    }

    package init() {}
}

extension Setting {
    fileprivate var configKey: ConfigKey { ConfigKey([self.key]) }
}
