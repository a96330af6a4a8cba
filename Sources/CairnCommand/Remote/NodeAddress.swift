import CairnLedger

/// The address of a node's HTTP interface.
package struct NodeAddress: Equatable, Sendable, CustomStringConvertible {
    /// Without a slash at the end.
    package let text: String

    /// - Throws: when `text` is no `http://` or `https://` address of a host.
    package init(_ text: String) throws(CommandFailure) {
        guard let address = HTTPAddress(text) else {
            throw .usage("\"\(text)\" is no address of a node; it looks like http://127.0.0.1:5000")
        }
        self.text = address.text
    }

    package var description: String { self.text }
}
