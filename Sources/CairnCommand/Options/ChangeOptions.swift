internal import ArgumentParser
internal import CairnLedger

/// How a change of members is made: from which node's members, with whose keys, and what becomes of it.
struct ChangeOptions: ParsableArguments {
    @OptionGroup var node: NodeOptions

    @Option(
        help: ArgumentHelp(
            "A data directory whose key signs; repeatable. A node may run on it.", valueName: "dir"))
    var data: [String] = []

    @Option(help: ArgumentHelp("Write the draft to a file, and submit nothing.", valueName: "file"))
    var draft: String?

    @Option(help: "What may go wrong with members from then on. (default: as it is)")
    var faultModel: FaultModel?

    @Option(
        help: ArgumentHelp(
            """
            How members agree from then on: simplex-2 makes a block final with one round of votes when all of a few \
            bft members vote. Nodes of 0.1.0 can't follow such a change. (default: as it is)
            """,
            valueName: "rule"))
    var agreement: AgreementRule?

    @Option(
        help: ArgumentHelp(
            """
            How many of the newest records are remembered by submission id from then on. Nodes of 0.1.0 can't \
            follow such a change. (default: as it is)
            """,
            valueName: "records"))
    var submissionWindow: UInt64?

    @Option(
        name: .customLong("joining-url"),
        help: ArgumentHelp(
            "The address of a node that joins: it is checked to have caught up first; repeatable.", valueName: "url"))
    var joining: [String] = []

    @OptionGroup var output: OutputOptions

    /// Makes the draft of an edit, signs it, and submits it when that is enough.
    ///
    /// - Parameter recovery: what becomes of the recovery keys.
    func carryOut(_ edit: MemberEdit, recovery: SettingsEdit.Recovery = .keep) async throws {
        let settings = SettingsEdit(
            agreement: self.agreement, submissionWindow: self.submissionWindow, recovery: recovery)
        try await self.node.withNode { node in
            let list = try await node.members()
            try await node.passOnWarnings()
            guard settings.isEmpty || list.tellsSettings else {
                throw CommandFailure.failed("the node is too old to change settings: update all nodes first")
            }
            let present = try list.present()
            var draft = try MemberDraft(edit, present: present, faultModel: self.faultModel, settings: settings)
            try draft.sign(withKeysIn: self.data, present: present)
            try await self.checkJoining(draft, node)
            if let path = self.draft {
                try draft.write(to: path)
                Terminal.writeError(try draft.advice(present: present, path: path) + "\n")
            } else if let missing = try draft.missing(present: present) {
                let output = Output.standard()
                try output.line(draft.draft.encoded())
                try output.flush()
                Terminal.writeError(
                    "cairn: nothing was changed; this is the draft, and still to sign are:\n\(missing)\n")
                throw CommandFailure(message: "", exitCode: 1)
            } else {
                try await node.submit(draft.draft).print(self.output)
            }
        }
    }

    /// A member that is far behind costs the others its vote until it has caught up.
    private func checkJoining(_ draft: MemberDraft, _ node: ClusterNode) async throws {
        let present = try await node.state()
        for url in self.joining {
            try await ClusterNode.with(try NodeAddress(url)) { joining in
                let state = try await joining.state()
                guard state.chain == present.chain else {
                    throw CommandFailure.failed("\(url) has the ledger \(state.chain), not \(present.chain)")
                }
                guard draft.draft.next.position(of: state.key) != nil else {
                    throw CommandFailure.failed("\(url) has the key \(state.key), which doesn't join")
                }
                try await joining.passOnWarnings()
                try await joining.catchUp(to: present.size)
            }
        }
    }
}

extension MemberDraft {
    /// What to do next with the file.
    func advice(present: EpochMembers, path: String) throws(CommandFailure) -> String {
        guard let missing = try self.missing(present: present) else {
            return "\(path) is signed by all who have to; 'cairn members submit \(path)' makes it so"
        }
        return "wrote \(path); still to sign it ('cairn members sign \(path) --data DIR') are:\n\(missing)"
    }
}
