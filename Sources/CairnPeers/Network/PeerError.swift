/// Why a node can't link with others.
public enum PeerError: Error, Hashable, Sendable {
    /// Nothing can be listened on there.
    case listen(address: PeerAddress, problem: String)
    /// The TLS library didn't take the node's certificate.
    case security(problem: String)
    case configuration(problem: String)
}

extension PeerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .listen(let address, let problem):
            "can't take links of other nodes on \(address): \(problem); is the port free, and the address this machine's?"
        case .security(let problem): "can't prepare encrypted links: \(problem)"
        case .configuration(let problem): "the configuration of links can't be: \(problem)"
        }
    }
}
