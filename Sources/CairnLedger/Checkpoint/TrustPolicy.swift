/// Whom a verifier trusts: logs, witnesses, and how many of the witnesses have to have cosigned (C2SP tlog-policy).
public struct TrustPolicy: Hashable, Sendable {
    public struct Log: Hashable, Sendable {
        /// Its name is the log's origin.
        public var key: NoteKey
        public var url: ExactText?
    }

    public struct Witness: Hashable, Sendable {
        /// Has a meaning in the policy only.
        public var name: ExactText
        public var key: NoteKey
        public var url: ExactText?
    }

    /// Has witnessed a checkpoint when at least `threshold` of its members have.
    public struct Group: Hashable, Sendable {
        public var name: ExactText
        public var threshold: Int
        /// Names of witnesses and of groups before this one.
        public var members: [ExactText]
    }

    public internal(set) var logs: [Log] = []
    public internal(set) var witnesses: [Witness] = []
    /// Each refers only to what stands before it.
    public internal(set) var groups: [Group] = []
    /// The witness or group that has to have witnessed a checkpoint. Nil: none.
    public internal(set) var quorum: ExactText?
    /// Lines for people, written in front.
    public package(set) var comments: [String] = []

    package init() {}

    // MARK: Checking

    /// Who signed a checkpoint that is trusted.
    public struct Findings: Hashable, Sendable {
        public var logs: [NoteKey]
        public var cosignatures: [Cosigned]

        public struct Cosigned: Hashable, Sendable {
            public var witness: Witness
            /// POSIX time in seconds.
            public var time: UInt64
        }
    }

    /// Checks that one of the logs signed the checkpoint, and a quorum of the witnesses cosigned it.
    public func verify(_ signed: SignedCheckpoint) throws(PolicyViolation) -> Findings {
        let origin = signed.checkpoint.origin
        let logKeys = self.logs.map(\.key).filter { $0.name == origin }
        guard !logKeys.isEmpty else { throw .unknownLog(origin) }
        let verified: [VerifiedSignature]
        do throws(NoteError) {
            verified = try signed.note.verify(by: logKeys + self.witnesses.map(\.key))
        } catch {
            throw .note(error)
        }
        let logs = verified.map(\.key).filter { $0.kind == .log }
        guard !logs.isEmpty else { throw .note(.noKnownKey) }
        var cosignatures: [Findings.Cosigned] = []
        for witness in self.witnesses {
            guard let time = verified.first(where: { $0.key == witness.key })?.time else { continue }
            cosignatures.append(Findings.Cosigned(witness: witness, time: time))
        }
        try self.checkQuorum(cosignatures.map(\.witness.name))
        return Findings(logs: logs, cosignatures: cosignatures)
    }

    private func checkQuorum(_ cosigned: [ExactText]) throws(PolicyViolation) {
        guard let quorum else { return }
        var witnessed = Set(cosigned)
        for group in self.groups where group.members.count(where: witnessed.contains) >= group.threshold {
            witnessed.insert(group.name)
        }
        guard !witnessed.contains(quorum) else { return }
        let group = self.groups.first { $0.name == quorum }
        throw .noQuorum(
            quorum: quorum, found: group?.members.count(where: witnessed.contains) ?? 0, needed: group?.threshold ?? 1)
    }
}

/// Why a policy doesn't trust a checkpoint.
public enum PolicyViolation: Error, Hashable, Sendable {
    /// No log of the policy has this name.
    case unknownLog(ExactText)
    case note(NoteError)
    /// Of the members of the quorum's group, so many have witnessed the checkpoint.
    case noQuorum(quorum: ExactText, found: Int, needed: Int)
}

extension PolicyViolation: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownLog(let origin): "the policy does not trust the log \(origin)"
        case .note(.noKnownKey): "no log key of the policy signed the checkpoint"
        case .note(let error): "\(error)"
        case .noQuorum(let quorum, let found, let needed):
            "the policy's quorum is not reached: \(found) of the \(needed) that \(quorum) needs cosigned the checkpoint"
        }
    }
}
