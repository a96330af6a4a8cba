package import AsyncHTTPClient
import CairnLedger
import NIOCore
package import NIOHTTP1

/// An error answer of a node: RFC 9457 problem details, or whatever else came with the status.
package struct Problem: Equatable, Sendable {
    package var status: UInt
    var title: String
    var detail: String?
    /// From the Retry-After header (RFC 9110, section 10.2.3), whole seconds only.
    var retryAfterSeconds: UInt?
    package var address: NodeAddress

    private static let bodyBytesMax = 64 << 10

    package init(_ response: HTTPClientResponse, from address: NodeAddress) async {
        let body = try? await response.body.collect(upTo: Self.bodyBytesMax)
        self.init(
            status: response.status, retryAfter: response.headers.first(name: "retry-after"),
            body: body.map { Array($0.readableBytesView) } ?? [], address: address)
    }

    package init(status: HTTPResponseStatus, retryAfter: String?, body: [UInt8], address: NodeAddress) {
        var canonical: [UInt8] = []
        try? CanonicalJSON.canonicalize(body.span.bytes, into: &canonical)
        let details = (try? JSONValue(canonical: canonical.span.bytes))?.object
        self.status = status.code
        self.title = details?["title"]?.string ?? status.reasonPhrase
        self.detail = details?["detail"]?.string
        self.retryAfterSeconds = retryAfter.flatMap { UInt($0) }
        self.address = address
    }

    package var text: String {
        var what = [self.title, self.detail].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": ")
        while what.last == "." { what.removeLast() }
        return "\(what) (HTTP \(self.status) from \(self.address))"
    }
}
