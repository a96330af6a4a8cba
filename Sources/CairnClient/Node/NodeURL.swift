internal import CairnLedger

/// The address of a node's HTTP interface.
public struct NodeURL: Hashable, Sendable, CustomStringConvertible {
    /// Without a slash at the end.
    public let text: String

    /// - Throws: `.badURL` for what is no `http://` or `https://` address of a host.
    public init(_ text: String) throws(LedgerClientError) {
        guard let address = HTTPAddress(text) else { throw .badURL(text) }
        self.text = address.text
    }

    public var description: String { self.text }
}
