internal import CairnHash
package import CairnLedger

// Catching up: what a node lacks it asks for; who lags is helped.
extension VoteMachine {
    package func status(wantsAnswer: Bool) -> Message.Status {
        Message.Status(
            epoch: self.round.epoch, view: self.round.view, head: self.shownHead.index,
            headHash: self.shownHead.hash, wantsAnswer: wantsAnswer)
    }

    package mutating func start(_ turn: inout Turn) {
        turn.send(.status(self.status(wantsAnswer: true)), to: .everybody)
        self.countRememberedVotes(&turn)
        self.waitAgain(turn.now.instant)
        if self.round.position != nil, !self.isAlone { self.sayAgain(&turn) }
    }

    /// Says now and then how far this node has come, so that who missed something notices.
    mutating func beat(_ turn: inout Turn) {
        guard self.neighbours.takeBeat(isAlone: self.isAlone, now: turn.now.instant) else { return }
        turn.send(.status(self.status(wantsAnswer: false)), to: .everybody)
        self.forwardAgain(&turn)
    }

    /// Followers get no votes: they are told when there is something new.
    func tellFollowers(_ turn: inout Turn) {
        let status = self.status(wantsAnswer: false)
        for node in self.neighbours.order where self.round.members.position(of: node) == nil {
            turn.send(.status(status), to: .node(node))
        }
    }

    package mutating func receive(_ status: Message.Status, from sender: PublicKey, _ turn: inout Turn) {
        self.neighbours.note(status, of: sender)
        if let member = self.round.members.position(of: sender) { self.round.pacemaker.mayBeBack(member) }
        if status.wantsAnswer { turn.send(.status(self.status(wantsAnswer: false)), to: .node(sender)) }
        // An only member is in no view.
        guard status.epoch == self.round.epoch, status.view < self.round.view, self.round.members.members.count > 1,
            self.round.members.position(of: sender) != nil,
            self.neighbours.mayHelp(sender, now: turn.now.instant, pause: self.configuration.repeatAfter)
        else { return }
        for certificate in self.entryCertificates { turn.send(.certificate(certificate), to: .node(sender)) }
    }

    // MARK: Asking

    mutating func askForMissing(_ turn: inout Turn) {
        let due = self.asking.due(
            self.lacks, now: turn.now.instant, pause: self.configuration.repeatAfter,
            pauseMax: self.configuration.viewTimeoutMax)
        for (lack, attempt) in due {
            switch lack.need {
            case .block(let hash):
                self.ask(.request(.block(hash)), self.whomToAsk(hint: lack.hint, attempt: attempt), &turn)
            case .certificates(let views):
                let request = Message.Request.certificates(epoch: self.round.epoch, views: views)
                self.ask(.request(request), self.whomToAsk(hint: lack.hint, attempt: attempt), &turn)
            case .finals(let index):
                let node = self.whomToAskForFinals(hint: lack.hint, attempt: attempt)
                if let node { self.neighbours.noteAsked(node) }
                self.ask(.finalsRequest(from: index), node, &turn)
            }
        }
    }

    private func ask(_ message: Message, _ node: PublicKey?, _ turn: inout Turn) {
        if let node { turn.send(message, to: .node(node)) }
    }

    /// The hint, or else the farthest that doesn't owe an answer: who claims blocks that it never gives is asked once in a
    /// round, and not first at each step.
    private mutating func whomToAskForFinals(hint: PublicKey?, attempt: Int) -> PublicKey? {
        if let hint, hint != self.key.publicKey, !self.neighbours.owesFinals(hint) { return hint }
        return self.neighbours.nextToAsk(beyond: self.chain.head.index) ?? self.whomToAsk(hint: hint, attempt: attempt)
    }

    /// The hint first, then one member after the other.
    private func whomToAsk(hint: PublicKey?, attempt: Int) -> PublicKey? {
        var attempt = attempt
        if let hint, hint != self.key.publicKey {
            if attempt == 0 { return hint }
            attempt -= 1
        }
        let count = self.round.members.members.count
        let first = (self.round.position ?? 0) + 1
        let others = (0..<count).map { (first + $0) % count }.filter { $0 != self.round.position }
        return others.isEmpty ? hint : self.round.key(of: others[attempt % others.count])
    }

    /// What keeps this node from going on, most important first.
    private var lacks: [Asking.Lack] {
        guard !self.isAlone, !self.isHalted else { return [] }
        return self.lackingBlocks + self.lackingCertificates + self.lackingFinals
    }

    private var lackingBlocks: [Asking.Lack] {
        self.missingBlocks.map { missing in
            Asking.Lack(need: .block(missing.hash), hint: missing.certificate.flatMap(self.voter(of:)))
        }
    }

    /// Blocks that a certificate or a proposal builds on and that aren't there.
    private var missingBlocks: [(hash: Digest, certificate: Certificate?)] {
        // Asked with each event, and nearly always nothing is missing.
        guard self.target != nil || self.lacksNotarisedBlock else { return [] }
        var certified = self.round.views.sorted { $0.key > $1.key }.compactMap(\.value.notarisation).prefix(8)
        if let target { certified.append(target.certificate) }
        return certified.compactMap { certificate in
            let head = self.chain.headHash
            guard certificate.blockHash != head else { return nil }
            let missing = self.blocks.firstMissing(from: certificate.blockHash, to: head)
            return missing == head ? nil : (missing, certificate)
        }
    }

    /// Written as a loop: a closure would copy the machine.
    private var lacksNotarisedBlock: Bool {
        for state in self.round.views.values {
            guard let hash = state.notarisation?.blockHash, hash != self.chain.headHash else { continue }
            if self.blocks[hash] == nil { return true }
        }
        return false
    }

    /// Whether somebody waits for a block.
    func isWanted(_ hash: Digest) -> Bool {
        self.missingBlocks.contains { $0.hash == hash }
    }

    /// Who voted for a block has it.
    private func voter(of certificate: Certificate) -> PublicKey? {
        let others = certificate.votes.map { Int($0.member) }.filter { $0 != self.round.position }
        guard !others.isEmpty else { return nil }
        // Not everybody the same one.
        return self.round.key(of: others[(self.round.position ?? 0) % others.count])
    }

    private var lackingCertificates: [Asking.Lack] {
        guard self.round.position != nil else { return [] }
        var lacks: [Asking.Lack] = []
        let view = self.round.view
        if let proposal = self.round.views[view]?.proposal, proposal.parentView >= self.round.baseView,
            proposal.parentView < view
        {
            if self.round.notarised(in: proposal.parentView) == nil {
                lacks.append(
                    Asking.Lack(
                        need: .certificates(proposal.parentView...proposal.parentView), hint: proposal.sender))
            }
            if let views = self.round.unproven(after: proposal.parentView, before: view) {
                lacks.append(Asking.Lack(need: .certificates(views), hint: proposal.sender))
            }
        }
        if self.round.leader(of: view) == self.round.position, let views = self.round.parent(of: view).missing {
            lacks.append(Asking.Lack(need: .certificates(views), hint: nil))
        }
        if let bound = self.boundByFinal, let views = self.round.unproven(toBaseBefore: view) {
            lacks.append(Asking.Lack(need: .certificates(views), hint: self.round.key(of: Int(bound))))
        }
        return lacks
    }

    private var lackingFinals: [Asking.Lack] {
        guard !self.isCatchingUp else { return [] }
        let next = self.chain.head.index.next()
        if let target {
            return [
                Asking.Lack(
                    need: .finals(from: next), hint: target.sender, patience: self.configuration.repeatAfter)
            ]
        }
        guard let (node, status) = self.neighbours.farthest(beyond: self.chain.head.index) else { return [] }
        // A member that votes usually gets there by itself in no time.
        let isNear = self.votes && status.epoch == self.round.epoch
        return [
            Asking.Lack(
                need: .finals(from: next), hint: node, patience: isNear ? self.configuration.repeatAfter : .zero)
        ]
    }

    // MARK: Answering

    package func answer(_ request: Message.Request, from sender: PublicKey, _ turn: inout Turn) {
        switch request {
        case .block(let hash):
            if let block = self.blocks.body(of: hash) {
                turn.send(.block(block), to: .node(sender))
            } else {
                // It may be final here: then the sender has to ask for that.
                turn.send(.status(self.status(wantsAnswer: false)), to: .node(sender))
            }
        case .certificates(let epoch, let views):
            guard epoch == self.round.epoch else {
                turn.send(.status(self.status(wantsAnswer: false)), to: .node(sender))
                return
            }
            if views.lowerBound <= self.round.baseView, let certificate = self.round.baseCertificate {
                turn.send(.certificate(certificate), to: .node(sender))
            }
            for view in self.round.views.keys.filter(views.contains).sorted().suffix(Int(Round.viewsAheadMax)) {
                let state = self.round.views[view]
                for certificate in [state?.notarisation, state?.nullification].compactMap({ $0 }) {
                    turn.send(.certificate(certificate), to: .node(sender))
                }
            }
        }
    }

    func answerFinalsRequest(from index: BlockIndex, sender: PublicKey, _ turn: inout Turn) {
        if index <= self.shownHead.index {
            turn.effects.append(.sendFinals(from: index, to: sender))
        } else {
            turn.send(.status(self.status(wantsAnswer: false)), to: .node(sender))
        }
    }

    // MARK: Final blocks from elsewhere

    /// Whoever can't tell what a final block means can't judge what follows it, nor vote on it. The only member is the one
    /// who makes blocks final: what others say is final isn't.
    mutating func halt(at index: BlockIndex, _ error: BlockError, _ turn: inout Turn) {
        guard !self.isAlone, !self.isHalted, index > self.chain.head.index else { return }
        self.isHalted = true
        self.hasVote = false
        turn.effects.append(.halted(index, error))
    }

    package mutating func receive(
        finals: [(block: CheckedBlock, certificate: Certificate?)], from sender: PublicKey, _ turn: inout Turn
    ) {
        var news = finals.drop { $0.block.block.index <= self.chain.head.index }
        guard news.first?.block.block.header.previousHash == self.chain.headHash else { return }
        self.neighbours.noteFinals(of: sender)
        // What a single member stores would be overtaken: nobody else can have made a block final.
        while !self.isAlone, let epoch = news.first?.block.block.header.epoch, epoch == self.round.epoch {
            let ofEpoch = news.prefix { $0.block.block.header.epoch == epoch }
            news = news.dropFirst(ofEpoch.count)
            if let id = self.firstRepeated(in: ofEpoch.map(\.block)) {
                turn.effects.append(.misbehaved(sender, .invalidFinals(.repeatedSubmission(id))))
                return
            }
            self.takeOver(ofEpoch, &turn)
        }
    }

    /// Blocks of the present epoch, the last with a certificate.
    private mutating func takeOver(
        _ finals: ArraySlice<(block: CheckedBlock, certificate: Certificate?)>, _ turn: inout Turn
    ) {
        for (block, certificate) in finals { self.finish(block, certificate: certificate, &turn) }
        if let certificate = finals.last?.certificate {
            self.setBase(certificate)
            self.blocks.settle(on: self.chain.tip)
            self.adoptOrphans(on: self.chain.headHash, &turn)
            self.enter(certificate.view.next(), turn.now)
        }
        self.beginEpochIfDue(&turn)
    }

    /// The first id that stands twice in these blocks, or within the window before them: looked at before any block is
    /// taken over.
    private func firstRepeated(in blocks: [CheckedBlock]) -> SubmissionID? {
        guard !Rule.mayInclude(isRepeated: true) else { return nil }
        var places: [SubmissionID: SubmissionWindow.Place] = [:]
        for block in blocks {
            let firstRecord = block.block.firstRecord
            if let id = self.chain.window.firstRepeated(in: block.submissions, blockFirstRecord: firstRecord) {
                return id
            }
            for item in block.submissions?.items ?? [] {
                if let place = places[item.id],
                    self.chain.window.isWithin(place, at: TreeSize(rawValue: firstRecord.rawValue))
                {
                    return item.id
                }
                places[item.id] = block.block.place(of: item)
            }
        }
        return nil
    }
}
