import ArgumentParser
import CairnLedger

struct MembersSign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign the draft of a change of members.",
        discussion: """
            Prints what would become of the members, signs with the keys of the --data directories, and writes the \
            draft back. Asks no node, unless --url is given: then it also says who is still to sign.

            Examples:
              cairn members sign change.json --data /var/lib/cairn
            """)

    @Argument(help: ArgumentHelp("The draft.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("A data directory whose key signs; repeatable.", valueName: "dir"))
    var data: [String] = []

    @Option(help: "The address of a running node.")
    var url: String?

    func validate() throws {
        if self.data.isEmpty { throw ValidationError("Name the directory of the key that signs: --data DIR.") }
    }

    func run() async throws {
        var draft = try MemberDraft(file: self.file)
        let address = try self.url.map { text throws(CommandFailure) in try NodeAddress(text) }
        var present: EpochMembers?
        if let address { present = try await ClusterNode.with(address) { try await $0.members().present() } }
        try draft.sign(withKeysIn: self.data, present: present)
        try draft.write(to: self.file)
        let output = Output.standard()
        try output.line(draft.text)
        if let present { try output.line(try draft.advice(present: present, path: self.file)) }
        try output.flush()
    }
}

struct MembersSubmit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Submit a signed change of members, and wait until it is final.",
        discussion: """
            Several files with drafts of the same change, each signed by somebody else, are joined.

            Examples:
              cairn members submit change.json
              cairn members submit from-alice.json from-bob.json --url http://127.0.0.1:5010
            """)

    @Argument(help: ArgumentHelp("The drafts.", valueName: "file"))
    var files: [String]

    @OptionGroup var node: NodeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        var draft = try MemberDraft(file: self.files[0])
        for file in self.files.dropFirst() { try draft.merge(file: file) }
        try await self.node.withNode { node in
            try await node.passOnWarnings()
            if let missing = try draft.missing(present: try await node.members().present()) {
                throw CommandFailure.failed("nothing was changed; still to sign are:\n\(missing)")
            }
            try await node.submit(draft.draft).print(self.output)
        }
    }
}
