/// Why a text is no address of a node.
public enum PeerAddressError: Error, Hashable, Sendable {
    case noHost(String)
    case scheme(String, of: String)
    case host(String, of: String)
    case port(String, of: String)
    /// Brackets that don't hold an IPv6 address, or not at its ends.
    case bracket(String)
}

extension PeerAddressError: CustomStringConvertible {
    public var description: String {
        let form = "write host:port, for example node-1.example.org:\(PeerAddress.portDefault) or [2001:db8::1]:5001"
        return switch self {
        case .noHost(let text): "\"\(text)\" names no host: \(form)"
        case .scheme(let scheme, let text):
            "\"\(text)\" begins with \(scheme)://, but links are ws:// or wss://, or just host:port"
        case .host(let host, let text): "\"\(host)\" in \"\(text)\" is no host name and no IP address: \(form)"
        case .port(let port, let text): "\"\(port)\" in \"\(text)\" is no port: a number from 1 to 65535"
        case .bracket(let text): "\"\(text)\" has brackets that don't enclose an IPv6 address: \(form)"
        }
    }
}
