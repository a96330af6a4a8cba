internal import CairnHash

/// What a ledger is founded on: the content of its genesis block's annex. Its hash is the chain's identity.
public struct GenesisSettings: Hashable, Sendable {
    /// The version of the formats and rules.
    public static let format: UInt64 = 1

    /// The ledger's name: the origin of its checkpoints, so without spaces and plus signs.
    public var name: String
    /// A sentence for people; shown where a block's data would stand.
    public var message: String
    /// 16 random bytes, so that two ledgers of the same name differ.
    public var random: [UInt8]
    /// The members of epoch 0.
    public var members: MemberSet
    /// How they agree, in epoch 0 and until the settings change.
    public var agreement: AgreementRule
    /// How many of the newest records are remembered by submission id, in epoch 0 and until the settings change.
    public var submissionWindow: UInt64
    /// The ledger that this one takes the place of. Nil: none.
    public var predecessor: Predecessor?

    /// - Throws: `SettingsError` naming the setting that can't be.
    public init(
        name: String, message: String, random: [UInt8], members: MemberSet, agreement: AgreementRule = .simplex1,
        submissionWindow: UInt64 = Limits.submissionWindowDefault, predecessor: Predecessor? = nil
    ) throws(SettingsError) {
        try Self.check(name: name, message: message)
        guard random.count == 16 else { throw .random(bytes: random.count) }
        guard (1...EpochSettings.submissionWindowMax).contains(submissionWindow) else {
            throw .submissionWindow(submissionWindow)
        }
        self.name = name
        self.message = message
        self.random = random
        self.members = members
        self.agreement = agreement
        self.submissionWindow = submissionWindow
        self.predecessor = predecessor
    }

    /// Checks what a person chooses, before anything is made from it.
    public static func check(name: String, message: String) throws(SettingsError) {
        guard !name.isEmpty, name.utf8.count <= Limits.nameBytesMax,
            name.unicodeScalars.allSatisfy({ !$0.properties.isWhitespace && $0 != "+" && $0.value >= 0x20 })
        else { throw .name(name) }
        guard message.utf8.count <= Limits.nameBytesMax else { throw .message(bytes: message.utf8.count) }
    }

    /// The genesis block that founds a ledger on these settings: index 0, no records, an empty tree.
    public func genesisBlock(proposer: PublicKey, timestamp: Timestamp) -> Block {
        let annexBytes = Annex(genesis: self).encoded()
        let header = BlockHeader(
            index: 0, timestamp: timestamp, previousHash: .zero, treeSize: 0, treeRoot: MerkleFrontier.emptyRoot,
            annexHash: Digest(hashing: annexBytes), proposer: proposer, epoch: 0)
        return Block(header: header, annexBytes: annexBytes, entries: Entries())
    }
}

/// A setting of a ledger that can't be.
public enum SettingsError: Error, Hashable, Sendable {
    case name(String)
    case message(bytes: Int)
    case random(bytes: Int)
    case submissionWindow(UInt64)
}

extension SettingsError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .name(let name):
            "\"\(name)\" can't be a ledger's name: 1 to \(Limits.nameBytesMax) bytes without spaces and plus signs"
        case .message(let bytes):
            "the message has \(bytes) bytes; at most \(Limits.nameBytesMax) are possible"
        case .random(let bytes):
            "there are \(bytes) random bytes in place of 16"
        case .submissionWindow(let window):
            "a submission window of \(window) records is not between 1 and 2^32"
        }
    }
}
