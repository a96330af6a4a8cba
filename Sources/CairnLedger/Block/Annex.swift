/// What the nodes themselves agree on in a block and that is no record: a JSON object in canonical form (RFC 8785).
///
/// A field that this version doesn't know makes a block invalid: whoever can't tell what a block means can't vote on it.
public struct Annex: Hashable, Sendable {
    /// Only in the genesis block, and always there.
    public var genesis: GenesisSettings?
    /// Only in the last block of an epoch, and always there.
    public var change: MemberChange?
    public var submissions: SubmissionList?

    public init(
        genesis: GenesisSettings? = nil, change: MemberChange? = nil, submissions: SubmissionList? = nil
    ) {
        self.change = change
        self.genesis = genesis
        self.submissions = submissions
    }

    /// The annex's bytes; the hash over them stands in the block header.
    public func encoded() -> [UInt8] {
        var members = JSONObject()
        members["change"] = self.change?.json
        members["genesis"] = self.genesis?.json
        members["submissions"] = self.submissions?.json
        var bytes: [UInt8] = []
        JSONValue.object(members).encode(into: &bytes)
        return bytes
    }

    public init(decoding bytes: RawSpan) throws(AnnexError) {
        let json: JSONValue
        do {
            json = try JSONValue(canonical: bytes)
        } catch {
            throw .json(error)
        }
        let fields = try AnnexFields(json, of: "annex", known: ["change", "genesis", "submissions"])
        guard !fields.isEmpty else { throw .empty }
        self.change = try fields.optional("change").map(MemberChange.init(json:))
        self.genesis = try fields.optional("genesis").map(GenesisSettings.init(json:))
        self.submissions = try fields.optional("submissions").map(SubmissionList.init(json:))
    }

    /// Whether the annex of a block that passed its checks holds a change of members, without reading all of it:
    /// `change` is the first of all fields in canonical order.
    public static func holdsChange(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: #"{"change":"#.utf8)
    }
}

/// Why an annex isn't one.
public enum AnnexError: Error, Hashable, Sendable {
    case json(CanonicalJSONError)
    /// An object without members: a block that has nothing to say has no annex.
    case empty
    case unknownField(String)
    case missingField(String)
    case invalidField(String)
    case unsupported(field: String, found: UInt64, supported: UInt64)
    case settings(SettingsError)
    /// A change of settings to something that this version doesn't know, in words. Others may know it.
    case unknownSettings(String)
    case submissionOutside(offsets: Range<Int>, recordCount: Int)
}

extension AnnexError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .json(let error): "\(error)"
        case .empty: "it is empty"
        case .unknownField(let name): "it has a field \"\(name)\", which this version doesn't know"
        case .missingField(let name): "it lacks the field \"\(name)\""
        case .invalidField(let name): "the value of \"\(name)\" can't be"
        case .unsupported(let field, let found, let supported):
            "\"\(field)\" is \(found); this version supports \(supported)"
        case .settings(let error): "\(error)"
        case .unknownSettings(let what):
            "it changes the settings to \(what), which this program doesn't know: it needs a newer version of Cairn"
        case .submissionOutside(let offsets, let count):
            "it names a submission of records \(offsets), out of order or outside the block's \(count)"
        }
    }
}

extension AnnexError {
    /// As much as fits a line of what somebody else wrote, and nothing that a terminal or a log would take for more than
    /// text.
    static func shown(_ bytes: some Collection<UInt8>) -> String {
        let shown = bytes.prefix(64).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: shown, as: UTF8.self)
    }

    /// Whether the annex may well be right, and this program is too old to tell.
    public var isOfNewerVersion: Bool {
        if case .unknownSettings = self { true } else { false }
    }
}

extension JSONValue {
    /// A number of at most 2^53, as all numbers of an annex are.
    static func integer(_ value: UInt64) -> JSONValue {
        guard let number = JSONNumber(value) else { preconditionFailure("\(value) is over 2^53") }
        return .number(number)
    }
}

/// The members of one object in an annex, each taken by name and type.
package struct AnnexFields {
    private let path: String
    private let members: JSONObject

    /// - Throws: when `json` is no object or has a member that isn't `known`.
    init(_ json: JSONValue, of path: String, known: Set<String>) throws(AnnexError) {
        guard case .object(let members) = json else { throw .invalidField(path) }
        for member in members.members where !known.contains(member.name) {
            throw .unknownField(AnnexError.shown("\(path).\(member.name)".utf8))
        }
        self.path = path
        self.members = members
    }

    var isEmpty: Bool { self.members.members.isEmpty }

    /// A field's name, with the names of what it is in.
    func path(_ name: String) -> String { "\(self.path).\(name)" }

    func optional(_ name: String) -> JSONValue? { self.members[name] }

    func value(_ name: String) throws(AnnexError) -> JSONValue {
        guard let value = self.members[name] else { throw .missingField(self.path(name)) }
        return value
    }

    func string(_ name: String) throws(AnnexError) -> String {
        guard case .string(let text) = try self.value(name) else { throw .invalidField(self.path(name)) }
        return text
    }

    func number(_ name: String) throws(AnnexError) -> UInt64 {
        guard let number = try self.value(name).uint64 else { throw .invalidField(self.path(name)) }
        return number
    }

    func array(_ name: String) throws(AnnexError) -> [JSONValue] {
        guard case .array(let values) = try self.value(name) else { throw .invalidField(self.path(name)) }
        return values
    }
}
