import CairnHash
import CairnLedger
import CairnNode
import CairnServer
import Testing

struct MembersTests {
    private func post(_ draft: MemberChangeDraft, to server: TestServer) async throws -> TestServer.Answer {
        try await server.post("/v1/members/changes", String(decoding: draft.encoded(), as: UTF8.self))
    }

    @Test func theMembersOfOneNode() async throws {
        try await withServer { server in
            let members = try await server.get("/v1/members").json
            #expect(members["chain"].text == server.node.chain.description)
            #expect(members["epoch"].int == 0 && members["quorum_power"].int == 1 && members["total_power"].int == 1)
            #expect(members["settings"]["agreement"].text == "simplex-2")
            #expect(members["settings"]["limits"]["submission_window"].int == 1 << 20)
            #expect(members["members"].array?.count == 1)
            let member = members["members"].array?[0]
            #expect(member?["key"].text == server.node.publicKey.description)
            #expect(member?["self"] == .bool(true) && member?["linked"] == .bool(true))
            let peers = try await server.get("/v1/peers").json
            #expect(peers["listen"] == .null && peers["peers"] == .array([]))
        }
    }

    @Test func changesThatCanNotBe() async throws {
        try await withServer { server in
            let present = server.node.status.members
            let stranger = PrivateKey()
            let key = server.node.publicKey
            let powered = try #require(MemberSet([Member(key: key, power: 2)], faultModel: .majority))
            let joined = try #require(
                MemberSet([Member(key: key), Member(key: stranger.publicKey)], faultModel: .majority))

            #expect(try await server.post("/v1/members/changes", "").problem == "empty-body")
            #expect(try await server.post("/v1/members/changes", "{}").problem == "bad-member-change")
            #expect(try await server.post("/v1/members/changes", "{}", type: "text/plain").status == 415)

            var draft = MemberChangeDraft(chain: present.chain, epoch: 0, next: powered)
            #expect(try await self.post(draft, to: server).problem == "member-change-not-signed")
            draft.sign(with: stranger)
            #expect(try await self.post(draft, to: server).problem == "member-change-not-signed")

            let joining = MemberChangeDraft(chain: present.chain, epoch: 0, next: joined)
            let answer = try await self.post(joining, to: server)
            #expect(answer.status == 403)
            // It begins the sentence.
            #expect(answer.json["detail"].text?.lowercased().hasPrefix("\(stranger.publicKey) joins") == true)

            let otherChain = MemberChangeDraft(chain: .zero, epoch: 0, next: powered)
            #expect(try await self.post(otherChain, to: server).problem == "member-change-refused")
            let otherEpoch = MemberChangeDraft(chain: present.chain, epoch: 1, next: powered)
            #expect(try await self.post(otherEpoch, to: server).problem == "member-change-refused")
            #expect(server.node.status.members == present)
        }
    }

    @Test func aChangeOfSettings() async throws {
        try await withServer { server in
            let present = server.node.status.members
            let same = MemberChangeDraft(
                chain: present.chain, epoch: 0, next: present.members, settings: present.settings)
            #expect(try await self.post(same, to: server).problem == "member-change-refused")
            var draft = MemberChangeDraft(
                chain: present.chain, epoch: 0, next: present.members, settings: EpochSettings(submissionWindow: 9))
            #expect(try await self.post(draft, to: server).problem == "member-change-not-signed")
            draft.sign(with: PrivateKey())
            #expect(try await self.post(draft, to: server).problem == "member-change-not-signed")
            let text = String(decoding: draft.encoded(), as: UTF8.self)
            let newer = try await server.post(
                "/v1/members/changes", text.replacing("simplex-1", with: "simplex-3"))
            #expect(newer.problem == "bad-member-change")
            #expect(newer.json["detail"].text?.contains("needs a newer version of Cairn") == true)
        }
    }

    @Test func peersNeedLinks() async throws {
        try await withServer { server in
            let address = #"{"address":"127.0.0.1:5001"}"#
            let answer = try await server.post("/v1/peers", address)
            #expect(answer.status == 409 && answer.problem == "no-links")
            for body in [#"{"address":"a:0"}"#, #"{"address":1}"#, "[]", "{}"] {
                #expect(try await server.post("/v1/peers", body).problem == "bad-peer")
            }
            #expect(try await server.post("/v1/peers", "").problem == "empty-body")
            let other = try await server.post("/v1/peers", address, headers: [("origin", "http://evil.example")])
            #expect(other.problem == "other-origin")
        }
    }
}
