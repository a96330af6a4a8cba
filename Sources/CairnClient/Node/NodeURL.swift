internal import Foundation

/// The address of a node's HTTP interface.
public struct NodeURL: Hashable, Sendable, CustomStringConvertible {
    /// Without a slash at the end.
    public let text: String

    /// - Throws: `.badURL` for what is no `http://` or `https://` address of a host.
    public init(_ text: String) throws(LedgerClientError) {
        guard let components = URLComponents(string: text), let scheme = components.scheme?.lowercased(),
            ["http", "https"].contains(scheme), components.host?.isEmpty == false, components.query == nil,
            components.fragment == nil
        else { throw .badURL(text) }
        var trimmed = text
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.text = trimmed
    }

    public var description: String { self.text }
}
