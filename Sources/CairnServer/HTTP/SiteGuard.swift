internal import NIOCore
internal import NIOHTTP1

/// Keeps web pages away from a node that listens on a loopback address.
///
/// - A page that makes its own name resolve to 127.0.0.1 (DNS rebinding) sends its name as `Host`: only loopback names
///   and addresses, the address that the connection came in on, and names from the configuration are served.
/// - A page that posts here from elsewhere sends its `Origin` (Fetch Standard, section 3.2), and says so in
///   `Sec-Fetch-Site` (Fetch Metadata Request Headers, section 2.3): only this server's own pages are served.
///
/// Clients that aren't browsers send neither and are not hindered.
package struct SiteGuard: Sendable {
    /// As `RequestHost.name`.
    private let allowedHosts: Set<String>

    /// - Parameter allowedHosts: names and addresses; a port behind one says nothing.
    package init(allowedHosts: [String]) {
        self.allowedHosts = Set(["localhost"] + allowedHosts.compactMap { RequestHost(setting: $0)?.name })
    }

    /// - Parameter localAddress: the address that the connection came in on.
    func checkHost(_ head: HTTPRequestHead, localAddress: SocketAddress?) throws(Problem) {
        let hosts = head.headers["host"]
        guard hosts.count <= 1 else { throw Problem(.badHTTP, "There is more than one Host header.") }
        if let host = hosts.first {
            try self.check(host, localAddress)
        } else if !head.version.isBefore11 {
            // HTTP/1.0 had none; a browser always sends one.
            throw Problem(.badHTTP, "The Host header is missing.")
        }
    }

    /// The absolute form of a request target names a host too, and it is the one that counts (RFC 9112, section 3.2.2).
    func checkTarget(_ uri: String, localAddress: SocketAddress?) throws(Problem) {
        guard let authority = RequestTarget.authority(of: uri) else { return }
        guard !authority.isEmpty else { throw Problem(.badTarget, "The request target has no host.") }
        try self.check(String(authority), localAddress)
    }

    private func check(_ text: String, _ localAddress: SocketAddress?) throws(Problem) {
        guard let host = RequestHost(text) else {
            throw Problem(.badHTTP, "\"\(text)\" is no host: a name or an address, and a port if there is one.")
        }
        if self.allowedHosts.contains(host.name) { return }
        if let address = host.address {
            if address.isLoopback || address.ipAddress == localAddress?.ipAddress { return }
        }
        throw Problem(
            .badHost,
            "This server doesn't answer for the host \"\(text)\". Use its address, or add the name to its allowed hosts."
        )
    }

    func checkOrigin(_ head: HTTPRequestHead) throws(Problem) {
        if let origin = head.headers.first(name: "origin") {
            let host = head.headers.first(name: "host")?.lowercased() ?? ""
            guard !host.isEmpty, ["http://" + host, "https://" + host].contains(origin.lowercased()) else {
                throw Problem(
                    .otherOrigin, "The request comes from a web page of \(origin); only this server's own may.")
            }
        }
        guard let site = head.headers.first(name: "sec-fetch-site"), site != "same-origin", site != "none" else {
            return
        }
        // Following a link to the explorer is no harm: it shows a page and changes nothing.
        let isLink =
            head.method == .GET && head.uri == "/" && head.headers.first(name: "sec-fetch-mode") == "navigate"
            && head.headers.first(name: "sec-fetch-dest") == "document"
        guard isLink else {
            throw Problem(.otherOrigin, "The request comes from a web page elsewhere; only this server's own may.")
        }
    }
}

extension SocketAddress {
    /// In 127.0.0.0/8 (RFC 1122, section 3.2.1.3), or ::1 (RFC 4291, section 2.5.3).
    var isLoopback: Bool {
        switch self {
        case .v4: self.ipAddress?.hasPrefix("127.") == true
        case .v6: self.ipAddress == "::1"
        case .unixDomainSocket: true
        }
    }
}

extension HTTPVersion {
    /// HTTP/1.0, which has neither chunks nor, by itself, several requests a connection.
    var isBefore11: Bool { self.major < 1 || (self.major == 1 && self.minor < 1) }
}
