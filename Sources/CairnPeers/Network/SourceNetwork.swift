#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Whom an address counts for: an IPv4 address itself; of an IPv6 address the first 64 bits, since whoever has one address of
/// such a network commonly has all 2^64 of them (RFC 7421). An IPv4 address in IPv6 form (RFC 4291, section 2.5.5.2) is that
/// IPv4 address.
package struct SourceNetwork: Hashable, Sendable, CustomStringConvertible {
    /// `192.0.2.1`, or `2001:db8:0:1::/64`; what is no IP address stands for itself.
    package let description: String

    /// - Parameter host: an IP address as text, with or without a zone.
    package init(_ host: String) {
        let address = withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { bytes in
            inet_pton(AF_INET6, String(host.prefix { $0 != "%" }), bytes.baseAddress) == 1 ? Array(bytes) : nil
        }
        guard let bytes = address else {
            self.description = host
            return
        }
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            self.description = bytes[12...].map(String.init).joined(separator: ".")
        } else {
            let groups = stride(from: 0, to: 8, by: 2).map {
                String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
            }
            self.description = groups.joined(separator: ":") + "::/64"
        }
    }
}
