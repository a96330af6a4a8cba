internal import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnPeers
internal import Dispatch

// What other nodes say, and what they ask for.
extension LedgerDriver {
    func receive(_ message: NodeMessage, from sender: PublicKey, credit: ReceiveCredit) {
        switch message {
        case .vote(.submissions(let submissions)) where self.takesLong(submissions, from: sender):
            self.checkElsewhere(submissions, from: sender, credit)
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
        if case .status(let status) = message {
            self.presence.heard(sender, now: Moment.now().instant)
            self.noteClaim(status.head, by: sender)
        }
        guard self.machine.wants(message, from: sender) else { return }
        do throws(MessageError) {
            guard let checked = try self.check.check(message, behind: self.machine.chain.tip) else { return }
            self.handle(.received(checked, from: sender))
        } catch {
            self.ban(sender, because: "\(error)")
        }
    }

    // MARK: Strangers

    /// Records of a node that is no member are checked here up to so many bytes: what it sends holds up members' votes by less
    /// than a third of a millisecond.
    private static let checkedHereBytesMax = 64 << 10

    /// Members pass on what their clients send, and are heard at once.
    private func takesLong(_ submissions: [Submission], from sender: PublicKey) -> Bool {
        submissions.reduce(0) { $0 + $1.entries.bytes.count } > Self.checkedHereBytesMax
            && self.check.members.position(of: sender) == nil
    }

    private func checkElsewhere(_ submissions: [Submission], from sender: PublicKey, _ credit: ReceiveCredit) {
        let (check, tip) = (self.check, self.machine.chain.tip)
        self.strangersQueue.async {
            defer { credit.finish() }
            do throws(MessageError) {
                if let checked = try check.check(.submissions(submissions), behind: tip) {
                    self.post(.checked(checked, from: sender))
                }
            } catch {
                self.post(.lied(sender, "\(error)"))
            }
        }
    }
}
