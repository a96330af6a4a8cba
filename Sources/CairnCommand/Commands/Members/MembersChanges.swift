import ArgumentParser
import CairnLedger

struct MembersAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Make nodes members.",
        discussion: """
            A node that joins runs already, follows the ledger and has caught up; its key signs too.

            Examples:
              cairn members add 9b2f… --data ./node1 --data ./node2 --joining-url http://127.0.0.1:5010
              cairn members add 9b2f… 07aa… 33e1… --fault-model bft --data ./node1 --data ./node2 --data ./node3 --data ./node4
            """)

    @Argument(help: ArgumentHelp("The keys of the nodes, as 'cairn status' prints them.", valueName: "key"))
    var keys: [String]

    @Option(help: "The voting power of each.")
    var power: UInt64 = 1

    @OptionGroup var change: ChangeOptions

    func run() async throws {
        let keys = try self.keys.map { text throws(CommandFailure) in try PublicKey(argument: text) }
        try await self.change.carryOut(.add(keys, power: self.power))
    }
}

struct MembersRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take the vote from nodes.",
        discussion: """
            They go on following. Their keys are worth nothing any more, and best destroyed.

            Examples:
              cairn members remove 9b2f… --data ./node1 --data ./node2 --data ./node3
            """)

    @Argument(help: ArgumentHelp("The keys of the members.", valueName: "key"))
    var keys: [String]

    @OptionGroup var change: ChangeOptions

    func run() async throws {
        let keys = try self.keys.map { text throws(CommandFailure) in try PublicKey(argument: text) }
        try await self.change.carryOut(.remove(keys))
    }
}

struct MembersPower: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "power",
        abstract: "Give a member another voting power.",
        discussion: """
            Examples:
              cairn members power 9b2f… 3 --data ./node1 --data ./node2 --data ./node3
            """)

    @Argument(help: ArgumentHelp("The member's key.", valueName: "key"))
    var key: String

    @Argument(help: "Its power from then on.")
    var power: UInt64

    @OptionGroup var change: ChangeOptions

    func run() async throws {
        try await self.change.carryOut(.power(try PublicKey(argument: self.key), self.power))
    }
}

struct MembersReplace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace",
        abstract: "Put a new key in a member's place.",
        discussion: """
            The way back for a node whose disk was lost or restored: its old key must not vote any more. The new node \
            follows and has caught up; its key takes the place and the power of the old one, and signs too.

            Examples:
              cairn members replace 9b2f… 07aa… --data ./node1 --data ./node2 --data ./node3 --data ./node4
            """)

    @Argument(help: ArgumentHelp("The key of the member that goes.", valueName: "old"))
    var old: String

    @Argument(help: ArgumentHelp("The key of the node that comes.", valueName: "new"))
    var new: String

    @OptionGroup var change: ChangeOptions

    func run() async throws {
        try await self.change.carryOut(
            .replace(try PublicKey(argument: self.old), with: try PublicKey(argument: self.new)))
    }
}

struct MembersSettings: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Change settings of the ledger, and leave its members as they are.",
        discussion: """
            What is not named stays as it is. Members sign, as they do for a change of members. All nodes have to run a \
            version that knows the settings: one that doesn't stops there, and says so.

            A ledger with a single member may name recovery keys, made with 'cairn keygen' and kept apart. If its node.key \
            is lost, so many of them as are needed let it go on: 'cairn restore --recovery-key'. Who has them can do that at \
            any time.

            Examples:
              cairn members settings --submission-window 4194304 --data ./node1 --data ./node2 --data ./node3
              cairn members settings --fault-model bft --data ./node1 --data ./node2 --data ./node3
              cairn members settings --agreement simplex-2 --data ./node1 --data ./node2 --data ./node3
              cairn members settings --recovery-key 9b2f… --recovery-key 07aa… --recovery-key 33e1… \\
                  --recovery-needed 2 --data ./cairn-data
              cairn members settings --no-recovery --data ./cairn-data
            """)

    @Option(
        help: ArgumentHelp(
            """
            A key that may recover the ledger when its only member's is lost; repeatable. They take the place of those \
            that are.
            """,
            valueName: "key"))
    var recoveryKey: [String] = []

    @Option(help: ArgumentHelp("How many recovery keys have to sign. (default: all)", valueName: "number"))
    var recoveryNeeded: Int?

    @Flag(help: "Have no recovery keys from then on.")
    var noRecovery = false

    @OptionGroup var change: ChangeOptions

    func validate() throws {
        if self.change.agreement == nil, self.change.submissionWindow == nil, self.change.faultModel == nil,
            self.recoveryKey.isEmpty, !self.noRecovery
        {
            throw ValidationError(
                "Name what is to change: --agreement, --submission-window, --fault-model, --recovery-key or "
                    + "--no-recovery.")
        }
        if self.recoveryNeeded != nil, self.recoveryKey.isEmpty {
            throw ValidationError("--recovery-needed goes with --recovery-key.")
        }
        if self.noRecovery, !self.recoveryKey.isEmpty {
            throw ValidationError("Give --recovery-key or --no-recovery, not both.")
        }
    }

    func run() async throws {
        try await self.change.carryOut(.keep, recovery: try self.recovery())
    }

    private func recovery() throws(CommandFailure) -> SettingsEdit.Recovery {
        guard !self.recoveryKey.isEmpty else { return self.noRecovery ? .none : .keep }
        let keys = try self.recoveryKey.map { text throws(CommandFailure) in try PublicKey(argument: text) }
        guard let recovery = RecoveryKeys(keys, needed: self.recoveryNeeded ?? keys.count) else {
            throw .usage(
                "1 to \(RecoveryKeys.keysMax) different recovery keys can be, of which 1 or more are needed, and no more than "
                    + "there are")
        }
        return .keys(recovery)
    }
}
