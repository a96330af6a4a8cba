/// How the members of an epoch agree on a block: what they have to have in common beside the formats. docs/consensus.md tells it.
///
/// A rule that this program doesn't know is one of a newer version: `AnnexError.unknownSettings`.
public enum AgreementRule: String, Hashable, Sendable, CaseIterable {
    /// Simplex with weighted votes, and with one round of them under `majority`.
    case simplex1 = "simplex-1"
    /// The same, but that under `bft` a block is final with one round of votes once all members voted for it, where
    /// `MemberSet.atMostOneLies`.
    case simplex2 = "simplex-2"

    /// What a ledger is founded on.
    public static let newest = AgreementRule.simplex2
}

/// What holds in an epoch beside its members: all of it, so that nobody has to look for the rest in epochs before.
///
/// In an annex: `{"agreement": "simplex-1", "limits": {"block_bytes": …, "block_records": …, "record_bytes": …,
/// "submission_window": …}}`, as canonical JSON, and `"recovery": {…}` where there are such keys. A change of format 1 says nothing of settings, and keeps those that are.
public struct EpochSettings: Hashable, Sendable {
    public var agreement: AgreementRule
    /// How many of the newest records are remembered by submission id: 1 to `submissionWindowMax`.
    public let submissionWindow: UInt64
    /// Who may end the epoch when the key of its only member is lost. Only where there is one member.
    public var recovery: RecoveryKeys?

    public static let submissionWindowMax: UInt64 = 1 << 32

    /// Nil when the window isn't in range.
    public init?(
        agreement: AgreementRule = .simplex1, submissionWindow: UInt64, recovery: RecoveryKeys? = nil
    ) {
        guard (1...Self.submissionWindowMax).contains(submissionWindow) else { return nil }
        self.agreement = agreement
        self.submissionWindow = submissionWindow
        self.recovery = recovery
    }

    /// Those of a ledger whose founder chose nothing.
    public init() {
        self.agreement = .simplex1
        self.submissionWindow = Limits.submissionWindowDefault
    }

    /// Those of epoch 0.
    public init(_ genesis: GenesisSettings) {
        self.agreement = genesis.agreement
        self.submissionWindow = genesis.submissionWindow
    }
}

// MARK: - In an annex

extension EpochSettings {
    /// Limits that are the same in every ledger so far. They are written out so that another value is noticed.
    static let fixedLimits: [(name: String, value: UInt64)] = [
        ("block_bytes", UInt64(Limits.blockBytesMax)),
        ("block_records", UInt64(Limits.blockRecordsMax)),
        ("record_bytes", UInt64(Limits.recordBytesMax)),
    ]

    static func limits(submissionWindow: UInt64) -> JSONValue {
        var limits: JSONObject = ["submission_window": .integer(submissionWindow)]
        for limit in Self.fixedLimits { limits[limit.name] = .integer(limit.value) }
        return .object(limits)
    }

    package var json: JSONValue {
        var fields: JSONObject = [
            "agreement": .string(self.agreement.rawValue),
            "limits": Self.limits(submissionWindow: self.submissionWindow),
        ]
        fields["recovery"] = self.recovery?.json
        return .object(fields)
    }

    /// The settings as canonical JSON.
    public var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = []
        self.json.encode(into: &bytes)
        return bytes
    }

    /// - Throws: `.unknownSettings` when anything isn't as this version writes it: a quorum that signs such settings runs
    ///   a newer one.
    package init(json: JSONValue) throws(AnnexError) {
        let fields = try Self.fields(of: json, in: "settings", known: ["agreement", "limits", "recovery"])
        let agreement = fields["agreement"]
        guard let rule = agreement?.string.flatMap(AgreementRule.init(rawValue:)) else {
            throw Self.unknown("settings.agreement", agreement)
        }
        let limits = try Self.fields(
            of: fields["limits"], in: "settings.limits",
            known: Set(Self.fixedLimits.map(\.name)).union(["submission_window"]))
        for limit in Self.fixedLimits where limits[limit.name]?.uint64 != limit.value {
            throw Self.unknown("settings.limits.\(limit.name)", limits[limit.name])
        }
        let window = limits["submission_window"]
        guard let size = window?.uint64, let settings = EpochSettings(agreement: rule, submissionWindow: size) else {
            throw Self.unknown("settings.limits.submission_window", window)
        }
        self = settings
        guard let json = fields["recovery"] else { return }
        guard let recovery = RecoveryKeys(json: json) else { throw Self.unknown("settings.recovery", json) }
        self.recovery = recovery
    }

    private static func fields(
        of json: JSONValue?, in path: String, known: Set<String>
    ) throws(AnnexError) -> JSONObject {
        guard case .object(let fields) = json else { throw Self.unknown(path, json) }
        for field in fields.members where !known.contains(field.name) {
            throw Self.unknown("\(path).\(field.name)", field.value)
        }
        return fields
    }

    static func unknown(_ path: String, _ value: JSONValue?) -> AnnexError {
        guard let value else { return .unknownSettings("settings without \"\(path)\"") }
        var bytes: [UInt8] = []
        value.encode(into: &bytes)
        return .unknownSettings("\(AnnexError.shown(path.utf8)) \(AnnexError.shown(bytes))")
    }
}
