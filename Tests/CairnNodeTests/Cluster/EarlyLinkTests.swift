import CairnConsensus
import CairnLedger
import CairnLock
import CairnNode
import CairnPeers
import Testing

/// Links begin on their own: something may come over them before the node that they belong to has been given them.
struct EarlyLinkTests {
    private static func asksForBlocks(_ message: NodeMessage) -> Bool {
        switch message {
        case .catchUp(.headersRequest), .catchUp(.blocksRequest), .vote(.finalsRequest): true
        default: false
        }
    }

    @Test("what comes over links before they are handed over is answered over them")
    func whatCameBefore() async throws {
        let world = try await SnapshotWorld(blocks: 100)
        let follower = try TestNode.open(on: world.disk)
        let member = world.member.publicKey
        let requests = Lock(0)
        world.network.lose { message, node in
            if node == member, Self.asksForBlocks(message) { requests.withLock { $0 += 1 } }
            return false
        }
        // The member says at once how far it is.
        world.network.join(follower.publicKey, follower.driver)
        _ = await world.member.driver.onLoop { true }
        await world.network.settle()
        _ = await follower.driver.onLoop { true }
        await world.network.settle()
        #expect(requests.withLock { $0 } == 0)
        await follower.start(links: world.network.links(of: follower.publicKey))
        await world.network.settle()
        #expect(requests.withLock { $0 } > 0)
        await follower.shutdown()
        await world.stop()
    }
}
