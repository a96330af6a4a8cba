internal import CairnHash
internal import CairnLedger

// Catching up: what a node lacks it asks for; who lags is helped.
extension VoteMachine {
    func status(wantsAnswer: Bool) -> Message.Status {
        Message.Status(
            epoch: self.round.epoch, view: self.round.view, head: self.durableHead.index,
            headHash: self.durableHead.hash, wantsAnswer: wantsAnswer)
    }

    mutating func start(_ turn: inout Turn) {
        turn.send(.status(self.status(wantsAnswer: true)), to: .everybody)
        self.countRememberedVotes(&turn)
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
        let status = Message.Status(
            epoch: self.round.epoch, view: self.round.view, head: self.durableHead.index,
            headHash: self.durableHead.hash, wantsAnswer: false)
        for node in self.neighbours.order where self.round.members.position(of: node) == nil {
            turn.send(.status(status), to: .node(node))
        }
    }

    mutating func receive(_ status: Message.Status, from sender: PublicKey, _ turn: inout Turn) {
        self.neighbours.note(status, of: sender)
        if let member = self.round.members.position(of: sender) { self.round.pacemaker.mayBeBack(member) }
        if status.wantsAnswer { turn.send(.status(self.status(wantsAnswer: false)), to: .node(sender)) }
        guard status.epoch == self.round.epoch, status.view < self.round.view,
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
            guard let node = self.whomToAsk(hint: lack.hint, attempt: attempt) else { continue }
            let message: Message =
                switch lack.need {
                case .block(let hash): .request(.block(hash))
                case .certificates(let views): .request(.certificates(epoch: self.round.epoch, views: views))
                case .finals(let index): .finalsRequest(from: index)
                }
            turn.send(message, to: .node(node))
        }
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
        guard !self.isAlone else { return [] }
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
        return lacks
    }

    private var lackingFinals: [Asking.Lack] {
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

    func answer(_ request: Message.Request, from sender: PublicKey, _ turn: inout Turn) {
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
        if index <= self.durableHead.index {
            turn.effects.append(.sendFinals(from: index, to: sender))
        } else {
            turn.send(.status(self.status(wantsAnswer: false)), to: .node(sender))
        }
    }

    // MARK: Final blocks from elsewhere

    mutating func receive(
        finals: [(block: HashedBlock, certificate: Certificate?)], epoch: Epoch, from sender: PublicKey,
        _ turn: inout Turn
    ) {
        guard epoch == self.round.epoch, let certificate = finals.last?.certificate else { return }
        // What a single member stores would be overtaken: nobody else can have made a block final.
        guard !self.isAlone else { return }
        let news = finals.drop { $0.block.block.index <= self.chain.head.index }
        guard let first = news.first, first.block.block.index == self.chain.head.index.next() else { return }
        do throws(BlockError) {
            for block in try self.checkFinals(news.map(\.block)) {
                self.finish(block, certificate: block.hash == certificate.blockHash ? certificate : nil, &turn)
            }
        } catch {
            turn.effects.append(.misbehaved(sender, .invalidFinals(error)))
            return
        }
        self.setBase(certificate)
        self.blocks.settle(on: self.chain.tip)
        self.adoptOrphans(on: self.chain.headHash, &turn)
        self.enter(certificate.view.next(), turn.now)
        self.beginEpochIfDue(&turn)
    }

    /// Checks blocks that a quorum made final, all before any is taken over.
    private func checkFinals(_ finals: [HashedBlock]) throws(BlockError) -> [CheckedBlock] {
        var tip = self.chain.tip
        var places: [SubmissionID: SubmissionWindow.Place] = [:]
        var checked: [CheckedBlock] = []
        for block in finals {
            let next = try tip.check(block, chain: self.chain.chain, using: self.key.verifier)
            let firstRecord = block.block.firstRecord
            if let id = self.chain.window.firstRepeated(in: next.submissions, blockFirstRecord: firstRecord),
                !Rule.mayInclude(isRepeated: true)
            {
                throw .repeatedSubmission(id)
            }
            for item in next.submissions?.items ?? [] {
                if let place = places[item.id], self.chain.window.isWithin(place, at: tip.header.treeSize),
                    !Rule.mayInclude(isRepeated: true)
                {
                    throw .repeatedSubmission(item.id)
                }
                places[item.id] = block.block.place(of: item)
            }
            checked.append(next)
            tip = next.tip
        }
        return checked
    }
}
