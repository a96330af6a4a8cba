import CairnConsensus
import CairnHash
import CairnLedger
import CairnNode
import CairnStore
import Testing

@Suite("Settings of a cluster")
struct SettingsTests {
    private static func change(_ cluster: TestCluster, window: UInt64) throws -> MemberChange {
        let present = cluster[0].status.members
        var draft = MemberChangeDraft(
            chain: present.chain, epoch: present.epoch, next: present.members,
            settings: EpochSettings(submissionWindow: window))
        for key in cluster.keys.prefix(3) { draft.sign(with: key) }
        return try draft.change(present: present)
    }

    private static func submission(_ text: String, id: UInt8) throws -> Submission {
        var entries = Entries()
        entries.append(try Record(json: text))
        return try Submission(id: SubmissionID(client: [], idempotencyKey: [id]), entries: entries)
    }

    @Test("change without their members, and a restarted node knows them", .timeLimit(.minutes(2)))
    func changeOfSettings() async throws {
        let cluster = try await TestCluster(nodes: 4, members: 4)
        let first = try await cluster[0].submit(Self.submission("1", id: 1))
        #expect(try await cluster[1].submit(Self.submission("1", id: 1)).firstRecord == first.firstRecord)
        _ = try await cluster[2].submit(try Self.change(cluster, window: 2))
        for text in ["2", "3"] { _ = try await cluster[3].submit(Self.submission(text, id: UInt8(text) ?? 0)) }
        // Two records later the id is forgotten.
        let again = try await cluster[1].submit(Self.submission("1", id: 1))
        #expect(again.firstRecord == 3)
        for place in 0..<4 {
            #expect(await cluster[place].waitForSize(4, timeout: .seconds(30)))
            let present = cluster[place].status.members
            #expect(present.epoch == 1 && present.settings.submissionWindow == 2 && present.windowStart == 0)
        }
        await cluster.stop(0)
        try await cluster.start(0)
        #expect(cluster[0].status.members == cluster[1].status.members)
        await cluster.stop()
    }

    /// What a quorum of nodes with a later version would make final.
    private static func newerBlock(_ cluster: TestCluster) throws -> FinalBlock {
        let state = try ChainState(genesis: cluster.genesis)
        var block = state.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil, change: try Self.change(cluster, window: 7),
            proposer: cluster.keys[1].publicKey, now: .now()
        ).block
        let text = String(decoding: block.annexBytes, as: UTF8.self).replacing("simplex-1", with: "simplex-3")
        block.annexBytes = Array(text.utf8)
        block.header.annexHash = Digest(hashing: block.annexBytes)
        let hash = block.header.hash
        let vote = Vote(chain: state.chain, epoch: 0, view: 1, kind: .finalise, blockHash: hash).message
        let certificate = Certificate(
            epoch: 0, view: 1, blockHash: hash,
            votes: (0..<3).map { .init(member: UInt16($0), signature: cluster.keys[$0].sign(vote)) })
        return FinalBlock(block: block, certificate: certificate)
    }

    @Test("that it doesn't know stop a member: it says so, votes no more, and accuses nobody", .timeLimit(.minutes(2)))
    func newerSettings() async throws {
        let cluster = try await TestCluster(nodes: 4, members: 4)
        cluster.network.deliver(
            .vote(.finals([try Self.newerBlock(cluster)])), from: cluster[1].publicKey, to: cluster[0].publicKey)
        await cluster.network.settle()
        let why =
            #"block 1: it changes the settings to settings.agreement "simplex-3", which this program doesn't know: it "#
            + "needs a newer version of Cairn"
        for _ in 0..<400 where cluster[0].readiness.obstacles.first != .halted(why) {
            try await Task.sleep(for: .milliseconds(25))
        }
        #expect(cluster[0].readiness.reason == "this node can't go on: \(why)")
        #expect(cluster.network.banned.isEmpty)
        // The others don't need it, and it doesn't follow them.
        _ = try await cluster[1].submit(Self.submission("1", id: 1))
        #expect(cluster[0].readiness.obstacles.first == .halted(why) && cluster[0].status.head.index == 0)
        await cluster.stop()
    }
}
