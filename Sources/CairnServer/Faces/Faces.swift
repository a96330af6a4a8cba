internal import CairnNode
internal import NIOHTTP1

/// The HTTP interfaces of the three teaching chains that Cairn grew out of, so that their clients run unchanged.
///
/// Each stands under its own prefix, and all of them at the root as well, where `/peers` is PyNaiveChain's.
struct Faces: Sendable {
    let node: Node
    let isDemo: Bool
    let validations: ValidationQueue
    let state: ServerState

    var routes: [Route] {
        let apiStar = APIStarFace(node: self.node, isDemo: self.isDemo, validations: self.validations)
        let pyNaiveChain = PyNaiveChainFace(node: self.node, state: self.state)
        let naivechain = NaivechainFace(node: self.node)
        return [self.rootRoute(apiStar)]
            + apiStar.routes(under: "").dropFirst()
            + apiStar.routes(under: "/faces/apistar")
            + pyNaiveChain.routes(under: "")
            + pyNaiveChain.routes(under: "/faces/pynaivechain")
            + naivechain.routes(under: "").filter { $0.pattern != "/peers" }
            + naivechain.routes(under: "/faces/naivechain")
    }

    /// `GET /`: the API Star chain, and the explorer for browsers.
    private func rootRoute(_ apiStar: APIStarFace) -> Route {
        Route(.GET, "/", parameters: nil, form: APIStarFace.errors) { request, _ throws(Problem) in
            Explorer.isAsked(for: request.headers) ? .response(Explorer.response()) : apiStar.chain()
        }
    }
}
