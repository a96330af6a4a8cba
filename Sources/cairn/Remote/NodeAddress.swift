import Foundation

/// The address of a node's HTTP interface.
struct NodeAddress: Equatable, Sendable, CustomStringConvertible {
    /// Without a slash at the end.
    let text: String

    /// - Throws: when `text` is no `http://` or `https://` address of a host.
    init(_ text: String) throws(CommandFailure) {
        guard let components = URLComponents(string: text), let scheme = components.scheme?.lowercased(),
            ["http", "https"].contains(scheme), components.host?.isEmpty == false, components.query == nil,
            components.fragment == nil
        else { throw .usage("\"\(text)\" is no address of a node; it looks like http://127.0.0.1:5000") }
        var trimmed = text
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.text = trimmed
    }

    var description: String { self.text }
}
