import ArgumentParser
import CairnHash
import CairnLedger
import CairnNode
import CairnStore
import Foundation

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Found a ledger in a data directory.",
        discussion: """
            The ledger's name stands in its checkpoints and never changes: best a name that nobody else uses, such as \
            a host name of yours with a path. The hash that is printed is the ledger's identity.

            A ledger has one member, this directory's key, unless others are named. With --genesis, the directory is \
            founded with the first block of a ledger that others have: as a member when its key is one, else as a \
            follower.

            Examples:
              cairn init
              cairn init --data /var/lib/cairn --name ledger.example.com/parcels
              cairn init --name demo --message 'For the workshop'
              cairn init --member KEY1 --member KEY2 --member KEY3=2 --fault-model bft --genesis-out genesis
              cairn init --genesis genesis --chain e64917938b5c…
            """)

    @Option(
        help: ArgumentHelp(
            "The data directory. (default: $CAIRN_DATA, or \(Settings.dataDefault))", valueName: "dir"))
    var data: String?

    @Option(
        help: "The ledger's name, without spaces and plus signs. (default: cairn- and eight random hexadecimal digits)")
    var name: String?

    @Option(help: "A sentence for people, kept in the first block. (default: \(Founding.messageDefault))")
    var message: String?

    @Option(
        help: ArgumentHelp(
            "A member's public key, and its power if that isn't 1; once for each member, this directory's key among them.",
            valueName: "key[=power]"))
    var member: [String] = []

    @Option(help: "What a quorum is: majority, or bft, where less than a third of the power may lie.")
    var faultModel: FaultModel = .majority

    @Option(help: ArgumentHelp("Write the first block into this file, for the other members.", valueName: "file"))
    var genesisOut: String?

    @Option(help: ArgumentHelp("Found the directory with the first block in this file.", valueName: "file"))
    var genesis: String?

    @Option(help: ArgumentHelp("With --genesis: the identity that the ledger has to have.", valueName: "hash"))
    var chain: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if self.genesis != nil, self.name != nil || self.message != nil || !self.member.isEmpty {
            throw ValidationError("Name, message and members stand in the file of --genesis already.")
        }
        if self.chain != nil, self.genesis == nil { throw ValidationError("--chain goes with --genesis.") }
    }

    func run() async throws {
        let directory = try await Settings.directory(self.data)
        let founded = try self.found(in: directory)
        if let genesisOut {
            do throws(CommandFailure) {
                try Self.write(founded.genesis, to: genesisOut)
            } catch {
                throw CommandFailure.failed(
                    "the ledger was founded in \(directory), but its first block was not written: \(error)")
            }
        }
        let output = Output.standard()
        if self.output.json {
            try output.line(
                JSONValue.object([
                    "data_directory": .string(directory), "name": .string(founded.settings.name),
                    "chain": .hash(founded.chain), "key": .string("\(founded.key)"),
                    "member": .bool(founded.isMember && founded.mayVote),
                    "timestamp": .string(founded.genesis.header.timestamp.description),
                ]).bytes)
        } else {
            try output.line("Founded the ledger \(founded.settings.name) in \(directory)\nChain \(founded.chain)")
            if let role = Self.role(founded) { try output.line(role) }
            if founded.settings.members.members.count > 1 {
                try output.line("Time  \(founded.genesis.header.timestamp): no block will be of an earlier one")
            }
        }
        try output.flush()
        if let caution = Readiness.headAhead(founded.genesis.header.timestamp, now: .now()) {
            Terminal.writeError("cairn: warning: \(caution)\n")
        }
    }

    private static func write(_ genesis: Block, to path: String) throws(CommandFailure) {
        var bytes: [UInt8] = []
        genesis.encode(into: &bytes)
        let file = try ExportFile(path: path, replaces: false)
        try file.output.write(bytes)
        try file.output.flush()
        try file.finish()
    }

    /// What is worth saying about the directory's key.
    private static func role(_ founded: FoundedLedger) -> String? {
        let members = founded.settings.members.members.count
        if !founded.isMember { return "The key of this directory, \(founded.key), is no member: it follows" }
        if !founded.mayVote {
            return
                "The key of this directory, \(founded.key), is a member, but it was used before and its journal isn't "
                + "here: it follows without a vote; have the others replace it by a new key"
        }
        return members == 1 ? nil : "The key of this directory, \(founded.key), is one of \(members) members"
    }

    private func found(in directory: String) throws(CommandFailure) -> FoundedLedger {
        var genesisBytes: [UInt8]?
        if let genesis {
            genesisBytes = try InputFile.read(genesis, bytesMax: BlockHeader.byteCount + 4 + Limits.blockBytesMax)
        }
        var chain: Digest?
        if let text = self.chain {
            guard let hash = Digest(hex: text) else {
                throw .usage("--chain is \"\(text)\"; it has to be 64 hexadecimal digits")
            }
            chain = hash
        }
        let members = try self.members()
        do throws(NodeError) {
            if let genesisBytes {
                return try Node.found(dataDirectory: directory, genesis: genesisBytes, chain: chain)
            }
            return try Node.found(
                dataDirectory: directory, name: self.name ?? Founding.defaultName(),
                message: self.message ?? Founding.messageDefault, members: members)
        } catch {
            if case .keyNotMember(let key) = error {
                throw .usage("the key of \(directory), \(key), is not among the members; name it with --member too")
            }
            throw CommandFailure(opening: directory, error)
        }
    }

    private func members() throws(CommandFailure) -> MemberSet? {
        guard !self.member.isEmpty else { return nil }
        var members: [Member] = []
        for text in self.member {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = PublicKey(hex: parts[0]), let power = parts.count == 1 ? 1 : UInt64(parts[1]) else {
                throw .usage("--member \(text): it has to be a key of 64 hexadecimal digits, or KEY=POWER")
            }
            if let weakness = key.weakness {
                throw .usage("--member \(text): this can't be anybody's key: \(weakness)")
            }
            members.append(Member(key: key, power: power))
        }
        guard let set = MemberSet(members, faultModel: self.faultModel) else {
            throw .usage("--member: at most \(Limits.membersMax) members, each key once, with powers of 1 to 2^32")
        }
        return set
    }
}
