import ArgumentParser
import CairnHash
import CairnPeers
package import Configuration

/// The flags of `cairn serve`. Each is nil when it was not given, so that another source may set it.
package struct ServeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The data directory. (default: \(Settings.dataDefault))", valueName: "dir"))
    var data: String?

    @Option(help: "The address to listen on; who reaches it may write. (default: \(Settings.hostDefault))")
    var host: String?

    @Option(help: "The port to listen on; 0 lets the system choose. (default: \(Settings.portDefault))")
    var port: UInt16?

    @Flag(help: "Allow what is only for demonstrations, such as changing a stored record.")
    var demo = false

    @Option(
        name: .customLong("allow-host"),
        help: ArgumentHelp("A host name under which clients may call this node; repeatable.", valueName: "name"))
    var allowHosts: [String] = []

    @Option(
        name: .customLong("witness"),
        help: ArgumentHelp(
            "A witness that cosigns the checkpoints: its address and its verifier key; repeatable.",
            valueName: "url=vkey"))
    var witnesses: [String] = []

    @Option(help: "The least level to log. (default: info)")
    var logLevel: LogLevel?

    @Option(help: "The form of log lines. (default: text)")
    var logFormat: LogFormat?

    @Option(
        help: ArgumentHelp(
            "How fast to check the ledger in the background, in bytes a second; or off. (default: \(Settings.scrubDefault))",
            valueName: "rate"))
    var scrub: ByteRate?

    @Option(help: "The address to take links of other nodes on. (default: \(Settings.hostDefault))")
    var peerHost: String?

    @Option(
        help: ArgumentHelp(
            "The port to take links on; 0 lets the system choose. Without it the node only goes to others. "
                + "(usual: \(PeerAddress.portDefault))"))
    var peerPort: UInt16?

    @Option(
        name: .customLong("advertise"),
        help: ArgumentHelp(
            "Where other nodes reach this one's links; repeatable. (default: where it listens)", valueName: "host:port")
    )
    var advertise: [String] = []

    @Option(
        name: .customLong("join"),
        help: ArgumentHelp(
            "Where another node of the ledger takes links; repeatable. The address is kept until 'cairn peers remove'.",
            valueName: "host:port"))
    var join: [String] = []

    @Option(
        help: ArgumentHelp(
            "With --join and a directory without a ledger: the chain to follow, in place of founding one.",
            valueName: "hash"))
    var chain: String?

    @Flag(
        help: ArgumentHelp(
            "With --chain and a directory without a ledger: begin at the newest block, and fetch the history before it in the "
                + "background. Not for members."))
    var snapshot = false

    @Option(
        help: ArgumentHelp(
            "How many threads read and write HTTP; 0: the one that talks to other nodes. (default: one for each core)",
            valueName: "count"))
    var httpThreads: Int?

    @Flag(name: .customLong("stop-at-eof"), help: .hidden)
    var stopAtEndOfInput = false

    @Option(
        help: ArgumentHelp(
            "A JSON file with settings; one with a minus sign in front need not be there.", valueName: "file"))
    var config: String?

    func validate() throws {
        for host in self.allowHosts where !Setting.allowHosts.kind.accepts(text: host) {
            throw ValidationError("--allow-host must be a name or an address, not \"\(host)\"")
        }
        for text in self.advertise + self.join {
            do throws(PeerAddressError) { _ = try PeerAddress(parsing: text) } catch {
                throw ValidationError("\(error)")
            }
        }
        if let httpThreads, !Setting.httpThreads.kind.accepts(text: String(httpThreads)) {
            throw ValidationError("--http-threads must be \(Setting.httpThreads.kind.expectation), not \(httpThreads)")
        }
        if let chain, Digest(hex: chain) == nil {
            throw ValidationError("--chain must be \(Setting.chain.kind.expectation), not \"\(chain)\"")
        }
    }

    /// What was given.
    package var flags: [Setting: ConfigValue] {
        var flags: [Setting: ConfigValue] = [:]
        if let data { flags[.data] = ConfigValue(.string(data), isSecret: false) }
        if let host { flags[.host] = ConfigValue(.string(host), isSecret: false) }
        if let port { flags[.port] = ConfigValue(.int(Int(port)), isSecret: false) }
        if self.demo { flags[.demo] = ConfigValue(.bool(true), isSecret: false) }
        if !self.allowHosts.isEmpty { flags[.allowHosts] = ConfigValue(.stringArray(self.allowHosts), isSecret: false) }
        if !self.witnesses.isEmpty { flags[.witnesses] = ConfigValue(.stringArray(self.witnesses), isSecret: false) }
        if let logLevel { flags[.logLevel] = ConfigValue(.string(logLevel.rawValue), isSecret: false) }
        if let logFormat { flags[.logFormat] = ConfigValue(.string(logFormat.rawValue), isSecret: false) }
        if let scrub { flags[.scrub] = ConfigValue(.string(scrub.description), isSecret: false) }
        if let peerHost { flags[.peerHost] = ConfigValue(.string(peerHost), isSecret: false) }
        if let peerPort { flags[.peerPort] = ConfigValue(.int(Int(peerPort)), isSecret: false) }
        if !self.advertise.isEmpty { flags[.advertise] = ConfigValue(.stringArray(self.advertise), isSecret: false) }
        if !self.join.isEmpty { flags[.join] = ConfigValue(.stringArray(self.join), isSecret: false) }
        if self.snapshot { flags[.snapshot] = ConfigValue(.bool(true), isSecret: false) }
        if let httpThreads { flags[.httpThreads] = ConfigValue(.int(httpThreads), isSecret: false) }
        if let chain { flags[.chain] = ConfigValue(.string(chain), isSecret: false) }
        return flags
    }
}
