import CairnConsensus
import Testing

@testable import CairnPeers

@Suite(.timeLimit(.minutes(1)))
struct LinkingTests {
    @Test func messagesGoBothWays() async throws {
        let one = try await TestNode(seed: 1)
        let two = try await TestNode(seed: 2, listens: false, join: [try one.address])
        await one.waitForLink(to: two)
        await two.waitForLink(to: one)
        #expect(one.network.send(Samples.status(1), to: [two.key]))
        two.network.sendToAll(Samples.status(2))
        await two.waitForMessage(Samples.status(1), from: one)
        await one.waitForMessage(Samples.status(2), from: two)
        await one.network.shutdown()
        await two.network.shutdown()
    }
}
