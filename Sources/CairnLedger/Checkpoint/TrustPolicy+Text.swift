extension TrustPolicy {
    /// The policy file.
    public var text: [UInt8] {
        var text = self.comments.flatMap { Array("# \($0)\n".utf8) }
        func line(_ items: [[UInt8]]) {
            text += items.joined(separator: [UInt8(ascii: " ")])
            text.append(UInt8(ascii: "\n"))
        }
        func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
        for log in self.logs {
            line([bytes("log"), bytes(log.key.vkey)] + (log.url.map { [$0.bytes] } ?? []))
        }
        for witness in self.witnesses {
            line(
                [bytes("witness"), witness.name.bytes, bytes(witness.key.vkey)]
                    + (witness.url.map { [$0.bytes] } ?? []))
        }
        for group in self.groups {
            line([bytes("group"), group.name.bytes, bytes(String(group.threshold))] + group.members.map(\.bytes))
        }
        line([bytes("quorum"), self.quorum?.bytes ?? bytes("none")])
        return text
    }

    /// Reads a policy file (tlog-policy, section "Policy file syntax and structure").
    ///
    /// - Throws: an error that names the line. Keys of other types than Ed25519 (0x01) for logs and Ed25519 cosignatures
    ///   (0x04) for witnesses are refused: a policy that is only half understood must not be trusted.
    public init(parsing bytes: some Collection<UInt8>) throws(PolicyError) {
        let bytes = Array(bytes)
        guard bytes.count <= Limits.policyBytesMax else {
            throw .tooLarge(bytes: bytes.count, limit: Limits.policyBytesMax)
        }
        guard bytes.last == UInt8(ascii: "\n") else { throw .cutShort }
        var reader = Reader()
        let lines = bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            do throws(PolicyError.Reason) {
                try reader.read(line)
            } catch {
                throw .line(number: number + 1, error)
            }
        }
        guard reader.hasQuorum else { throw .noQuorum }
        self = reader.policy
    }

    /// What was read so far.
    private struct Reader {
        var policy = TrustPolicy()
        var hasQuorum = false
        /// Witnesses and groups, and which of them stand in a group already.
        var names: Set<ExactText> = []
        var grouped: Set<ExactText> = []
        var publicKeys: Set<PublicKeyUse> = []

        /// The same key may be a log's and a witness's, but not two witnesses'.
        struct PublicKeyUse: Hashable {
            var key: PublicKey
            var isLog: Bool
        }

        mutating func read(_ line: ArraySlice<UInt8>) throws(PolicyError.Reason) {
            guard line.allSatisfy({ $0 == 0x09 || (0x20...0x7E).contains($0) || $0 >= 0x80 }) else {
                throw .controlCharacter
            }
            let items = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.map(ExactText.init(bytes:))
            guard let keyword = items.first, keyword.bytes.first != UInt8(ascii: "#") else { return }
            switch keyword {
            case "log": try self.readLog(items)
            case "witness": try self.readWitness(items)
            case "group": try self.readGroup(items)
            case "quorum": try self.readQuorum(items)
            default: throw .unknownKeyword(keyword)
            }
        }

        private mutating func readLog(_ items: [ExactText]) throws(PolicyError.Reason) {
            guard (2...3).contains(items.count) else { throw .wrongItems }
            guard self.policy.logs.count < Limits.policyLinesMax else { throw .tooManyLines }
            let key = try self.key(items[1], .log)
            self.policy.logs.append(Log(key: key, url: items.count > 2 ? items[2] : nil))
        }

        private mutating func readWitness(_ items: [ExactText]) throws(PolicyError.Reason) {
            guard (3...4).contains(items.count) else { throw .wrongItems }
            guard self.policy.witnesses.count < Limits.policyLinesMax else { throw .tooManyLines }
            try self.define(items[1])
            let key = try self.key(items[2], .cosigner)
            self.policy.witnesses.append(Witness(name: items[1], key: key, url: items.count > 3 ? items[3] : nil))
        }

        private mutating func readGroup(_ items: [ExactText]) throws(PolicyError.Reason) {
            guard items.count >= 4 else { throw .wrongItems }
            guard self.policy.groups.count < Limits.policyLinesMax else { throw .tooManyLines }
            let members = Array(items[3...])
            for member in members {
                guard self.names.contains(member) else { throw .unknownName(member) }
                guard self.grouped.insert(member).inserted else { throw .nameInTwoGroups(member) }
            }
            let threshold: Int
            switch items[2] {
            case "all": threshold = members.count
            case "any": threshold = 1
            default:
                guard let number = Decimal.parse(items[2].bytes), (1...UInt64(members.count)).contains(number) else {
                    throw .badThreshold(items[2])
                }
                threshold = Int(number)
            }
            try self.define(items[1])
            self.policy.groups.append(Group(name: items[1], threshold: threshold, members: members))
        }

        private mutating func readQuorum(_ items: [ExactText]) throws(PolicyError.Reason) {
            guard items.count == 2 else { throw .wrongItems }
            guard !self.hasQuorum else { throw .secondQuorum }
            self.hasQuorum = true
            guard items[1] != "none" else { return }
            guard self.names.contains(items[1]) else { throw .unknownName(items[1]) }
            self.policy.quorum = items[1]
        }

        private mutating func define(_ name: ExactText) throws(PolicyError.Reason) {
            guard name != "none", self.names.insert(name).inserted else { throw .nameTaken(name) }
        }

        private mutating func key(_ text: ExactText, _ kind: NoteKey.Kind) throws(PolicyError.Reason) -> NoteKey {
            let key: NoteKey
            do throws(NoteKeyError) {
                key = try NoteKey(vkey: text.bytes)
            } catch {
                throw .key(error)
            }
            guard key.kind == kind else { throw .keyOfOtherKind(key.kind, needed: kind) }
            guard self.publicKeys.insert(PublicKeyUse(key: key.publicKey, isLog: kind == .log)).inserted else {
                throw .duplicateKey
            }
            return key
        }
    }
}

/// Why a text is no trust policy.
public enum PolicyError: Error, Hashable, Sendable {
    case tooLarge(bytes: Int, limit: Int)
    case cutShort
    case noQuorum
    /// Counted from 1.
    case line(number: Int, Reason)

    public enum Reason: Error, Hashable, Sendable {
        case controlCharacter
        case unknownKeyword(ExactText)
        case wrongItems
        case tooManyLines
        case key(NoteKeyError)
        case keyOfOtherKind(NoteKey.Kind, needed: NoteKey.Kind)
        case duplicateKey
        /// Defined before, or `none`.
        case nameTaken(ExactText)
        case unknownName(ExactText)
        case nameInTwoGroups(ExactText)
        case badThreshold(ExactText)
        case secondQuorum
    }
}

extension PolicyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge(let bytes, let limit): "the policy has \(bytes) bytes; at most \(limit) are read"
        case .cutShort: "the policy's last line has no newline: it may be cut short"
        case .noQuorum: "the policy has no quorum line"
        case .line(let number, let reason): "line \(number) of the policy: \(reason)"
        }
    }
}

extension PolicyError.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .controlCharacter: "it has a control character"
        case .unknownKeyword(let word): "\"\(word)\" is neither log, witness, group nor quorum"
        case .wrongItems: "it has too few or too many items"
        case .tooManyLines: "there are more than \(Limits.policyLinesMax) of its kind"
        case .key(let error): "\(error)"
        case .keyOfOtherKind(let kind, let needed):
            "the key is of type \(kind.rawValue), and one of type \(needed.rawValue) belongs here"
        case .duplicateKey: "the key stands in the policy before"
        case .nameTaken(let name): "\"\(name)\" can't be defined: it is taken"
        case .unknownName(let name): "\"\(name)\" is not defined before"
        case .nameInTwoGroups(let name): "\"\(name)\" stands in a group already"
        case .badThreshold(let text): "\"\(text)\" is neither all, any nor a number from 1 to the group's members"
        case .secondQuorum: "there is a quorum line already"
        }
    }
}
