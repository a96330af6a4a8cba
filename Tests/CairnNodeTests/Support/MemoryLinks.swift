import CairnConsensus
import CairnLedger
import CairnLock
import CairnPeers
import Dispatch

/// Links between nodes of one process: messages arrive in order, on a thread of their own.
final class MemoryNetwork: Sendable {
    private struct State {
        var receivers: [PublicKey: any LinkReceiver] = [:]
        var cuts: Set<[PublicKey]> = []
        var banned: [PublicKey: String] = [:]
        var isLost: @Sendable (NodeMessage, PublicKey) -> Bool = { _, _ in false }
    }

    private let state = Lock(State())
    fileprivate let queue = DispatchQueue(label: "test.network")

    /// Links that are given away are cut and mended here.
    func links(of node: PublicKey) -> MemoryLinks { MemoryLinks(network: self, node: node) }

    func join(_ node: PublicKey, _ receiver: any LinkReceiver) {
        let others = self.state.withLock { state in
            let others = state.receivers
            state.receivers[node] = receiver
            return others
        }
        for (other, there) in others {
            there.linked(to: node)
            receiver.linked(to: other)
        }
    }

    func leave(_ node: PublicKey) {
        let others = self.state.withLock { state in
            state.receivers[node] = nil
            return state.receivers.values
        }
        for other in others { other.unlinked(from: node) }
    }

    /// Messages between two nodes are lost from now on, or not any more.
    func cut(_ one: PublicKey, _ other: PublicKey, _ isCut: Bool = true) {
        self.state.withLock { state in
            for pair in [[one, other], [other, one]] {
                if isCut { state.cuts.insert(pair) } else { state.cuts.remove(pair) }
            }
        }
    }

    /// Says which messages to which nodes are lost from now on.
    func lose(_ isLost: @escaping @Sendable (_ message: NodeMessage, _ node: PublicKey) -> Bool) {
        self.state.withLock { $0.isLost = isLost }
    }

    func ban(_ node: PublicKey, because reason: String) { self.state.withLock { $0.banned[node] = reason } }
    var banned: [PublicKey: String] { self.state.withLock { $0.banned } }

    var nodes: [PublicKey] { self.state.withLock { Array($0.receivers.keys) } }

    func deliver(_ message: NodeMessage, from sender: PublicKey, to node: PublicKey) {
        self.queue.async {
            let receiver = self.state.withLock { state in
                state.cuts.contains([sender, node]) || state.receivers[sender] == nil ? nil : state.receivers[node]
            }
            guard !self.state.withLock({ $0.isLost })(message, node) else { return }
            receiver?.received(message, from: sender, credit: ReceiveCredit {})
        }
    }
}

extension MemoryNetwork {
    /// Waits until what was sent so far is delivered.
    func settle() async {
        await withCheckedContinuation { continuation in self.queue.async { continuation.resume() } }
    }
}

struct MemoryLinks: Links {
    let network: MemoryNetwork
    let node: PublicKey

    @discardableResult
    func send(_ message: NodeMessage, to nodes: [PublicKey]) -> Bool {
        for node in nodes { self.network.deliver(message, from: self.node, to: node) }
        return true
    }

    func sendToAll(_ message: NodeMessage) {
        for node in self.network.nodes where node != self.node {
            self.network.deliver(message, from: self.node, to: node)
        }
    }

    func setMembers(_ members: [PublicKey]) {}
    func ban(_ node: PublicKey, because reason: String) { self.network.ban(node, because: reason) }
    func add(_ address: PeerAddress) -> Bool { true }
    func remove(_ address: PeerAddress) -> Bool { false }
    var peers: [PeerStatus] { [] }
    func shutdown() async { self.network.leave(self.node) }
}
