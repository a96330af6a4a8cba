/// Where a node takes links: a host name or an IP address, and a port.
public struct PeerAddress: Hashable, Sendable {
    public static let portDefault: UInt16 = 5001

    /// A name, or an IPv4 or IPv6 address without brackets.
    public let host: String
    public let port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }
}

extension PeerAddress: CustomStringConvertible {
    /// `host:port`, an IPv6 address in brackets.
    public var description: String {
        self.host.utf8.contains(UInt8(ascii: ":")) ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }
}
