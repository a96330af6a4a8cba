internal import NIOCore
internal import NIOHTTP1

/// The page that a browser gets at `/`: one file without anything from elsewhere, which uses only `/v1`.
enum Explorer {
    /// A browser that follows a link asks for HTML by name; a program doesn't.
    static func isAsked(for headers: HTTPHeaders) -> Bool {
        headers["accept"].contains { $0.lowercased().utf8.contains(text: "text/html") }
    }

    static func response() -> Response {
        var response = Response(
            .ok, contentType: "text/html; charset=utf-8", body: ByteBuffer(bytes: PackageResources.explorer_html))
        response.headers = [
            // What the page shows is other people's JSON: nothing of it can become code, or send anything anywhere.
            (
                "content-security-policy",
                "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; "
                    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
            ("referrer-policy", "no-referrer"),
            ("vary", "accept"),
        ]
        return response
    }
}
