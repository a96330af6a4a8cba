internal import CairnConsensus
internal import CairnLedger
internal import CairnPeers
internal import CairnStore

// What the deciding thread does when it is woken.
extension LedgerDriver {
    /// Works until nothing is left to do. What comes meanwhile shares the next block, and with it the next sync.
    func run() {
        repeat {
            while !self.hasFailed, !self.isClosed {
                let mail = self.mailbox.takeAll()
                for item in mail { self.open(item) }
                // Who is taken after a failure was not among those who were told of it, and would wait for ever.
                if self.hasFailed { break }
                let submitted = self.takeSubmissions()
                if !submitted.isEmpty { self.handle(.submitted(submitted)) }
                if mail.isEmpty && submitted.isEmpty { break }
            }
            if self.hasFailed || self.isClosed {
                for item in self.mailbox.takeAll() { self.refuse(item) }
                for item in self.inbox.takeAll() { self.answer(item, .failure(.stopped)) }
            }
        } while !self.mailbox.sleep()
        self.finishTurn()
    }

    func finishTurn() {
        guard !self.hasFailed, !self.isClosed else { return }
        self.scheduleSeal()
        self.armTimer()
        self.publishStatus()
    }

    func openEarly() {
        let early = self.early
        self.early = []
        for mail in early { self.open(mail) }
    }

    private func open(_ mail: Mailbox.Mail) {
        guard !self.hasFailed, !self.isClosed else { return self.refuse(mail) }
        if self.links == nil, mail.isOfLinks { return self.early.append(mail) }
        switch mail {
        case .message(let message, let sender, let credit):
            self.receive(message, from: sender, credit: credit)
        case .checked(let message, let sender):
            self.handle(.received(message, from: sender))
        case .catchUp(let event):
            self.handle(event)
        case .change(let change, let completion):
            self.submit(change, completion)
        case .journaled(let result, let written): self.journalWrote(result, written: written)
        case .journalTrimmed(let error): self.journalTrimmed(error)
        case .appended(let result, let written): self.logWrote(result, written: written)
        case .failed(let error): self.fail(error)
        case .linked(let node):
            self.presence.linked(node, now: Moment.now().instant)
            self.lookForQuorum()
            self.handle(CatchUpEvent.linked(node))
            // Each learns at once how far the other is.
            self.handle(VoteEvent.linked(node))
            self.handleHistory(.linked(node))
            self.reports.linked(node)
        case .unlinked(let node):
            self.presence.unlinked(node)
            self.lookForQuorum()
            self.handle(.unlinked(node))
            self.handleHistory(.unlinked(node))
        case .served(let node): self.serving.remove(node)
        case .lied(let node, let reason): self.ban(node, because: reason)
        case .history(let event): self.handleHistory(event)
        case .historyGrew(let result): self.historyGrew(result)
        case .historyCopied(let result): self.historyCopied(result)
        case .room(let isFound): self.foundRoom(isFound)
        case .timeReached: self.timeReached()
        }
    }

    /// Hands a change of members to the machine, unless it is known that it would not become final soon.
    private func submit(
        _ change: MemberChange, _ completion: @escaping @Sendable (Result<BlockReference, ChangeError>) -> Void
    ) {
        if let missingQuorum, !self.isAlone { return completion(.failure(.noQuorum(missingQuorum))) }
        let ticket = self.makeTicket()
        self.changeWaiting[ticket] = completion
        self.handle(.changeSubmitted(change, ticket))
    }

    func refuse(_ mail: Mailbox.Mail) {
        switch mail {
        case .message(_, _, let credit): credit.finish()
        case .change(_, let completion): completion(.failure(.stopped))
        case .checked, .catchUp, .journaled, .journalTrimmed, .appended, .failed, .linked, .unlinked, .served, .lied,
            .history, .historyGrew, .historyCopied, .room, .timeReached:
            break
        }
    }
}

extension Mailbox.Mail {
    fileprivate var isOfLinks: Bool {
        switch self {
        case .message, .linked, .unlinked: true
        case .checked, .catchUp, .change, .journaled, .journalTrimmed, .appended, .failed, .served, .lied, .history,
            .historyGrew, .historyCopied, .room, .timeReached:
            false
        }
    }
}
