/// Where a client keeps the last checkpoint that it saw, between its runs: a few kilobytes, opaque to the storage.
///
/// It is what makes a client notice a ledger that was rewritten: whoever can put back an older one can show it an older
/// history, and whoever can remove it makes it trust whatever comes next. Nothing in it is secret.
public protocol CheckpointStorage: Sendable {
    /// What was stored last; nil when nothing was.
    func load() async throws -> [UInt8]?

    /// Replaces it, whole or not at all, and durably. Never called twice at once by one client.
    func store(_ bytes: [UInt8]) async throws
}
