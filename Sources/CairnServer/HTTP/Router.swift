internal import NIOHTTP1

/// The routing table.
package struct Router: Sendable {
    /// A route that a request goes to.
    struct Match {
        var route: Route
        /// The route's place in the table.
        var position: Int
        var parameters: [String]
        /// The request is a HEAD: the answer to GET without its body.
        var isHead: Bool
    }

    private struct Pattern: Sendable {
        /// Nil for a name in braces.
        var segments: [String?]
        var methods: Methods
    }

    typealias Methods = [(method: HTTPMethod, position: Int)]

    package let routes: [Route]
    /// Paths without names in braces.
    private var fixed: [String: Methods] = [:]
    private var patterns: [Pattern] = []
    /// Beginnings of paths whose rest is a parameter, the longest first.
    private var prefixes: [(prefix: [UInt8], methods: Methods)] = []

    init(_ routes: [Route]) {
        self.routes = routes
        for (position, route) in routes.enumerated() {
            guard route.pattern.contains("{") else {
                self.fixed[route.pattern, default: []].append((route.method, position))
                continue
            }
            if route.takesRest {
                let prefix = Array(route.pattern.utf8.prefix { $0 != UInt8(ascii: "{") })
                self.prefixes.append((prefix, [(route.method, position)]))
                continue
            }
            let segments = route.pattern.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
                .map { $0.hasPrefix("{") ? nil : String($0) }
            if let place = self.patterns.firstIndex(where: { $0.segments == segments }) {
                self.patterns[place].methods.append((route.method, position))
            } else {
                self.patterns.append(Pattern(segments: segments, methods: [(route.method, position)]))
            }
        }
        self.prefixes.sort { $0.prefix.count > $1.prefix.count }
    }

    enum Outcome {
        case match(Match)
        /// OPTIONS: what `Allow` says.
        case options(allow: String)
    }

    /// - Throws: 404 for a path that is nowhere in the table, 405 with `Allow` for a method that it doesn't have there.
    func route(_ method: HTTPMethod, _ target: RequestTarget) throws(Problem) -> Outcome {
        let (methods, parameters) = try self.methods(at: target)
        let isHead = method == .HEAD
        if let found = methods.first(where: { $0.method == (isHead ? .GET : method) }) {
            let route = self.routes[found.position]
            return .match(Match(route: route, position: found.position, parameters: parameters, isHead: isHead))
        }
        let allow = Self.allow(methods)
        if method == .OPTIONS { return .options(allow: allow) }
        throw Problem(.methodNotAllowed, "\(method.rawValue) doesn't work on \(target.rawPath); it takes \(allow).")
            .with(header: "allow", allow)
    }

    private func methods(at target: RequestTarget) throws(Problem) -> (Methods, [String]) {
        if let methods = self.fixed[String(target.rawPath)] { return (methods, []) }
        for (prefix, methods) in self.prefixes where target.rawPath.utf8.starts(with: prefix) {
            return (methods, [String(target.rawPath.utf8.dropFirst(prefix.count)) ?? ""])
        }
        let segments = try target.segments()
        for pattern in self.patterns where pattern.segments.count == segments.count {
            var parameters: [String] = []
            let matches = zip(pattern.segments, segments).allSatisfy { expected, found in
                if expected == nil { parameters.append(found) }
                return expected == nil ? !found.isEmpty : expected == found
            }
            if matches { return (pattern.methods, parameters) }
        }
        // A path may spell its letters as %xx.
        if target.rawPath.utf8.contains(UInt8(ascii: "%")), !segments.contains(where: { $0.contains("/") }),
            let methods = self.fixed["/" + segments.joined(separator: "/")]
        {
            return (methods, [])
        }
        throw Problem(.noSuchRoute, "There is nothing at \(target.rawPath). /openapi.json lists what there is.")
    }

    private static func allow(_ methods: Methods) -> String {
        var names = methods.map(\.method.rawValue)
        if names.contains("GET") { names.append("HEAD") }
        return (names + ["OPTIONS"]).joined(separator: ", ")
    }
}
