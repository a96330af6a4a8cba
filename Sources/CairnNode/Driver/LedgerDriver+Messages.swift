internal import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnPeers
internal import Dispatch

// What other nodes say, and what they ask for.
extension LedgerDriver {
    func receive(_ message: NodeMessage, from sender: PublicKey, credit: ReceiveCredit) {
        switch message {
        case .vote(let message):
            self.receive(message, from: sender)
            credit.finish()
        case .catchUp(let message):
            self.receive(message, from: sender, credit: credit)
        case .snapshot(let message):
            self.receive(message, from: sender, credit: credit)
        case .checkpoint(let share):
            credit.finish()
            self.reports.shared(share) { self.post(.lied(sender, $0)) }
        }
    }

    /// Signatures are checked as late as possible: a vote behind its certificate says nothing any more.
    private func receive(_ message: Message, from sender: PublicKey) {
        if case .status(let status) = message { self.noteClaim(status.head, by: sender) }
        guard self.machine.wants(message) else { return }
        do throws(MessageError) {
            guard let checked = try self.check.check(message, behind: self.machine.chain.tip) else { return }
            self.handle(.received(checked, from: sender))
        } catch {
            self.ban(sender, because: "\(error)")
        }
    }
}
