internal import CairnLedger

/// An error that a node answered with: problem details (RFC 9457), or whatever else came with the status.
public struct NodeProblem: Hashable, Sendable {
    public var status: UInt
    /// Which kind of error, such as `queue-full`: the last part of the problem's type. Empty when none was given.
    public var code: String
    /// What is wrong, for a person.
    public var text: String
    /// When to come back, as the node says; whole seconds.
    public var retryAfterSeconds: UInt?

    static let bodyBytesMax = 64 << 10
    private static let typePrefix = "urn:cairn:problem:"

    init(status: UInt, reasonPhrase: String, retryAfter: String?, body: [UInt8]) {
        var canonical: [UInt8] = []
        try? CanonicalJSON.canonicalize(body.span.bytes, into: &canonical)
        let details = (try? JSONValue(canonical: canonical.span.bytes))?.object
        let type = details?["type"]?.string ?? ""
        self.status = status
        self.code = type.hasPrefix(Self.typePrefix) ? String(type.dropFirst(Self.typePrefix.count)) : ""
        self.text = [details?["title"]?.string ?? reasonPhrase, details?["detail"]?.string]
            .compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": ")
        self.retryAfterSeconds = retryAfter.flatMap { UInt($0) }
    }

    /// Whether the same request may succeed later, or elsewhere.
    var isTransient: Bool { self.status >= 500 || self.status == 429 || self.status == 408 }
}
