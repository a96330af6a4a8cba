/// How a route's errors look to its clients.
package struct ErrorForm: Sendable {
    let response: @Sendable (Problem) -> Response

    /// `application/problem+json`.
    static let problem = ErrorForm { $0.response() }
}
