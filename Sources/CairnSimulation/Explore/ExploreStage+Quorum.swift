import CairnConsensus
import CairnLedger

extension ExploreStage {
    /// The same packet, whose certificate, if it is one of a quorum, has the votes of the first quorum without the receiver.
    ///
    /// A member that takes a certificate makes the same of any quorum's, but for two things: whom it asks for what it lacks, so that
    /// this is done only where nobody asks; and it looks for a vote of its own that it doesn't know. That isn't explored then: the
    /// vote itself, which it would be told of as well, is.
    ///
    /// Where the votes of all make a block final, a certificate of all is another thing than one of a quorum, and stays what it is. So does
    /// a notarisation that takes the receiver's vote, since its kind counts. In any other, notarise and support votes are alike.
    func withUsualQuorum(_ packet: ExploredPacket) -> ExploredPacket {
        guard case .certificate(var certificate) = packet.message, let members = self.members(of: certificate.epoch),
            Self.power(of: certificate.votes.map { Int($0.member) }, members) >= members.quorumPower
        else { return packet }
        let isFinalWithAll = certificate.kind == .notarise && self.isFinalWithAll(in: certificate.epoch)
        if isFinalWithAll, certificate.isOfAll(members) { return packet }
        let places = members.members.indices
        var quorum = self.quorum(of: places.filter { $0 != packet.receiver }, members)
        if quorum == nil {
            if isFinalWithAll { return packet }
            quorum = self.quorum(of: Array(places), members)
        }
        let vote = Vote(
            chain: self.genesis.chain, epoch: certificate.epoch, view: certificate.view, kind: certificate.kind,
            blockHash: certificate.blockHash)
        let message = vote.message
        certificate.votes = (quorum ?? []).map {
            Certificate.MemberSignature(member: UInt16($0), signature: self.keys[$0].sign(message))
        }
        var packet = packet
        packet.message = .certificate(certificate)
        return packet
    }

    private static func power(of places: [Int], _ members: MemberSet) -> UInt64 {
        places.reduce(0) { $0 + members.members[$1].power }
    }

    /// The first places that are a quorum, nil when all together aren't.
    private func quorum(of places: [Int], _ members: MemberSet) -> [Int]? {
        places.indices.lazy.map { Array(places[...$0]) }.first { Self.power(of: $0, members) >= members.quorumPower }
    }
}
