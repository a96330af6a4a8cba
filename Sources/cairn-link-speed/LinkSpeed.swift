import ArgumentParser
import CairnConsensus
import CairnHash
import CairnLedger
import CairnPeers
import Logging
import Synchronization

/// Measures one link between two nodes in this process, over the loopback interface.
@main
struct LinkSpeed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cairn-link-speed",
        abstract: "Measure a link between two nodes in this process: votes and blocks a second, round trips.")

    @Option(help: "How long each measurement takes, in seconds.")
    var seconds = 2.0

    func run() async throws {
        let chain = Digest(hashing: Array("link speed".utf8))
        let (one, two) = (PrivateKey(), PrivateKey())
        let members = [one.publicKey, two.publicKey]
        let receivers = (Counter(), Counter())
        let logger = Logger(label: "cairn-link-speed") { _ in SwiftLogNoOpLogHandler() }
        let listening = try await PeerNetwork.start(
            PeerConfiguration(listen: PeerAddress(host: "127.0.0.1", port: 0)),
            identity: PeerIdentity(key: one, chain: chain), storage: NoStorage(), receiver: receivers.0, logger: logger)
        listening.setMembers(members)
        let dialing = try await PeerNetwork.start(
            PeerConfiguration(listen: nil, join: listening.boundAddress.map { [$0] } ?? []),
            identity: PeerIdentity(key: two, chain: chain), storage: NoStorage(), receiver: receivers.1, logger: logger)
        dialing.setMembers(members)
        while dialing.peers.first?.isLinked != true || listening.peers.first?.isLinked != true { await Task.yield() }

        let vote = Vote(chain: chain, epoch: 1, view: 1, kind: .notarise, blockHash: chain)
        let signed = NodeMessage.vote(.vote(SignedVote(vote, member: 0, signature: two.sign(vote.message))))
        self.report("votes of 115 bytes", try self.flood(signed, from: dialing, to: one.publicKey, receivers.0))
        let block = NodeMessage.vote(.block(Self.block(proposer: two.publicKey, chain: chain)))
        self.report("blocks of 1 MiB, masked", try self.flood(block, from: dialing, to: one.publicKey, receivers.0))
        self.report("blocks of 1 MiB", try self.flood(block, from: listening, to: two.publicKey, receivers.1))
        await dialing.shutdown()
        await listening.shutdown()
    }

    /// Sends as fast as there is room, until the time is over and all has come.
    private func flood(
        _ message: NodeMessage, from network: PeerNetwork, to node: PublicKey, _ counter: Counter
    ) throws -> Double {
        let clock = ContinuousClock()
        let (start, before) = (clock.now, counter.count)
        var sent = 0
        while start.duration(to: clock.now) < .seconds(self.seconds) {
            // What is on its way is bounded, so that the queue is not what is measured.
            if sent - (counter.count - before) < 512, network.send(message, to: [node]) { sent += 1 }
        }
        while counter.count - before < sent {}
        let time = start.duration(to: clock.now)
        return Double(sent) / (Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18)
    }

    private func report(_ what: String, _ perSecond: Double) {
        print("\(what): \(Int(perSecond)) a second")
    }

    private static func block(proposer: PublicKey, chain: Digest) -> Block {
        var entries = Entries()
        let text = [0x22] + [UInt8](repeating: 0x61, count: 1_022) + [0x22]
        for _ in 0..<1_022 { entries.append(Record(storedBytes: text)) }
        return Block(
            header: BlockHeader(
                index: 1, timestamp: Timestamp(microseconds: 1), previousHash: chain, treeSize: 1, treeRoot: chain,
                annexHash: .zero, proposer: proposer, epoch: 0),
            annexBytes: [], entries: entries)
    }
}

private final class Counter: LinkReceiver {
    private let received = Atomic<Int>(0)
    var count: Int { self.received.load(ordering: .relaxed) }

    func received(_ message: NodeMessage, from node: PublicKey, credit: ReceiveCredit) {
        credit.finish()
        self.received.add(1, ordering: .relaxed)
    }
    func linked(to node: PublicKey) {}
    func unlinked(from node: PublicKey) {}
}

private struct NoStorage: AddressStorage {
    func load() -> [UInt8]? { nil }
    func save(_ bytes: [UInt8]) {}
}
