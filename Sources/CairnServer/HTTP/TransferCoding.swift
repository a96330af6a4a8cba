package import NIOHTTP1

/// How a body is framed (RFC 9112, section 6.1): here in chunks and not otherwise.
package enum TransferCoding {
    /// - Throws: 501 for codings that aren't known here, 400 where they don't tell where the body ends.
    package static func check(_ head: HTTPRequestHead) throws(Problem) {
        guard head.headers.contains(name: "transfer-encoding") else { return }
        let codings = head.headers.elements(of: "transfer-encoding").map { $0.lowercased() }
        guard !head.version.isBefore11 else {
            throw Problem(.badHTTP, "HTTP/1.0 has no Transfer-Encoding.")
        }
        guard codings.last == "chunked" else {
            throw Problem(
                .badHTTP, "The last transfer coding has to be chunked: nothing else tells where the body ends.")
        }
        guard let other = codings.dropLast().first else { return }
        guard other != "chunked" else { throw Problem(.badHTTP, "The body is in chunks twice.") }
        throw Problem(.unknownTransferCoding, "The transfer coding \"\(other)\" is not known here; only chunked is.")
    }
}
