import CairnConsensus
import CairnLedger

// What happens before anything is explored.
extension ExploreStage {
    /// All members as they are when the exploration begins, by place.
    func beginnings() throws(Violation) -> [ExploredMember] {
        let members = self.keys.indices.map { ExploredMember($0, stage: self) }
        guard let prelude = self.scenario.prelude else { return members }
        var present = members.filter { !prelude.absent.contains($0.place) }
        let leader = LeaderSchedule(self.genesis.members).leader(of: 1)
        for place in present.indices where present[place].place == leader {
            present[place].submit([self.firstSubmission])
        }
        var run = FairRun(stage: self, members: present, sent: [])
        try run.run()
        let log = run.members[leader]?.disk.log ?? []
        return members.map { member in
            var member = run.members[member.place] ?? member
            if prelude.absent.contains(member.place) { member.take(.finals(log), from: leader) }
            _ = member.takeSaid()
            // It may arrive again, as everything that was sent.
            if member.place == leader {
                for absent in prelude.absent { member.say(.finals(log), to: self.keys[absent].publicKey) }
            }
            return member
        }
    }
}
