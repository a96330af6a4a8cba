import ArgumentParser

struct Members: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the members of a ledger, and change them and its settings.",
        discussion: """
            A change is signed by a quorum of the present members and by each key that joins. Whoever has the key \
            files, in data directories, may sign: the commands that change something make a draft, sign it with the \
            keys of all --data directories, and submit it when that is enough. Otherwise the draft is written out, \
            travels to the others, who sign it ('cairn members sign'), and is submitted by anybody.

            Examples:
              cairn members
              cairn members add 9b2f… --data ./node1 --data ./node2 --data ./node4 --joining-url http://127.0.0.1:5030
              cairn members replace 9b2f… 07aa… --data ./node1 --draft change.json
              cairn members settings --submission-window 4194304 --data ./node1 --data ./node2 --data ./node3
              cairn members sign change.json --data /var/lib/cairn
              cairn members submit change.json
            """,
        subcommands: [
            MembersList.self, MembersAdd.self, MembersRemove.self, MembersPower.self, MembersReplace.self,
            MembersSettings.self, MembersSign.self, MembersSubmit.self,
        ],
        defaultSubcommand: MembersList.self)
}

struct MembersList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the present members.",
        discussion: """
            Examples:
              cairn members
              cairn members list --url http://127.0.0.1:5010 --json
            """)

    @OptionGroup var node: NodeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let list = try await self.node.withNode { try await $0.members() }
        try list.print(self.output)
    }
}

extension MemberList {
    func print(_ options: OutputOptions) throws(CommandFailure) {
        let output = Output.standard()
        if options.json { try output.line(self.json.bytes) } else { try output.line(self.text) }
        try output.flush()
    }
}
