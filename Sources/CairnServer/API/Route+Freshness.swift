internal import CairnLedger
internal import CairnNode
internal import NIOCore
internal import NIOHTTP1

extension Route {
    /// How many records the ledger held, at least, when a read was answered. On another node, `at_least` with a number below
    /// it waits until that node has come as far.
    static let treeSizeHeader = "cairn-tree-size"

    /// The same route, which waits for the record named by `at_least`, and says how fresh its answers are.
    func fresh(from node: Node) -> Route {
        let handle = self.handle
        return Route(
            self.method, self.pattern, body: self.body, parameters: (self.parameters ?? []) + ["at_least"],
            form: self.form, takesRest: self.takesRest
        ) { request, context throws(Problem) in
            let size = node.head.treeSize
            guard let number = try request.query.number("at_least"), number >= size.rawValue else {
                return try handle(request, context).telling(size)
            }
            guard let wanted = TreeSize(reaching: RecordNumber(rawValue: number)) else {
                throw Problem(.badParameter, "There is never a record \(number).").with("parameter", "at_least")
            }
            let exchange = NIOLoopBound((request, context), eventLoop: context.eventLoop)
            let grown = context.eventLoop.makeFutureWithTask {
                await node.waitForSize(wanted, timeout: HTTPLimits.freshnessWaitMax)
            }
            return .later(
                grown.map { _ in
                    let (request, context) = exchange.value
                    let size = node.head.treeSize
                    guard size >= wanted else { return .failure(Problem(behind: size, wanted: number)) }
                    do throws(Problem) {
                        return .success(try handle(request, context).telling(size))
                    } catch {
                        return .failure(error)
                    }
                })
        }
    }
}

extension TreeSize {
    /// The smallest ledger that has the record; nil for the number that no ledger reaches.
    fileprivate init?(reaching number: RecordNumber) {
        guard number.rawValue < .max else { return nil }
        self.init(rawValue: number.rawValue + 1)
    }
}

extension Answer {
    fileprivate func telling(_ size: TreeSize) -> Answer {
        self.with(header: (Route.treeSizeHeader, "\(size)"))
    }
}

extension Problem {
    fileprivate init(behind size: TreeSize, wanted number: UInt64) {
        self = Problem(
            .behind,
            "This node has \(size) records, and record \(number) hasn't come within "
                + "\(HTTPLimits.freshnessWaitMax.components.seconds) seconds. Ask again, or ask another node."
        ).with("tree_size", size.rawValue).retry(afterSeconds: 1)
    }
}
