internal import CairnLock

/// Lets a driver, which is made before its node, tell the node to look at its readiness.
final class ReadinessWatch: Sendable {
    private struct Holder {
        weak var node: Node?
    }

    private let holder = Lock(Holder())

    func connect(_ node: Node) { self.holder.withLock { $0.node = node } }

    func look() { self.holder.withLock { $0.node }?.noteReadiness() }
}
