internal import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnPeers
internal import CairnStore
internal import Dispatch
internal import Logging

// Many final blocks from other nodes, and for them.
extension LedgerDriver {
    func handle(_ event: CatchUpEvent) {
        // The vote machine may be further than what is durable, and what others say is another end of the chain stops
        // nobody behind it.
        if case .refused = event {
            self.handle(CatchUpEvent.stored(through: self.store.head.index, tip: self.machine.chain.tip))
        }
        for effect in self.catchUp.handle(event, now: Moment.now().instant) { self.carryOut(effect) }
    }

    private func carryOut(_ effect: CatchUpEffect) {
        switch effect {
        case .send(let message, let node):
            self.links?.send(.catchUp(message), to: [node])
        case .check(let run):
            let verifier = self.check.verifier
            self.checkQueue.async { self.post(.catchUp(.checked(run.check(using: verifier)))) }
        case .deliver(let message, let node):
            self.handle(.received(message, from: node))
        case .running(let isRunning):
            self.noteCatchingUp(isRunning)
            self.handle(.catchingUp(isRunning))
        case .misbehaved(let node, let error):
            self.ban(node, because: "\(error)")
        case .halted(let index, let error):
            self.halt(at: index, because: "\(error)")
        case .candidate(let final, let node):
            self.reports.offered(final, node)
        }
    }

    func receive(_ message: CatchUpMessage, from sender: PublicKey, credit: ReceiveCredit) {
        switch message {
        case .headersRequest, .blocksRequest:
            self.serve(message, to: sender, credit)
        case .headers, .blocks, .unavailable:
            if self.takeForHistory(message, from: sender, credit) { return }
            guard self.catchUp.wants(message, from: sender) else { return credit.finish() }
            self.check(message, for: self.catchUp, from: sender, credit) { self.post(.catchUp($0)) }
        }
    }

    /// Checks an answer that a machine asked for, off the deciding thread.
    ///
    /// - Parameter tell: gets what the machine has to hear of it.
    func check(
        _ message: CatchUpMessage, for machine: CatchUpMachine, from sender: PublicKey, _ credit: ReceiveCredit,
        tell: @escaping @Sendable (CatchUpEvent) -> Void
    ) {
        let check = machine.check(using: self.check.verifier)
        self.checkQueue.async {
            do throws(CatchUpError) {
                if let checked = try check.check(message) { tell(.received(checked, from: sender)) }
            } catch {
                tell(.refused(error, from: sender))
            }
            credit.finish()
        }
    }

    // MARK: For others

    /// Reads what a node asks for, off the deciding thread.
    private func serve(_ message: CatchUpMessage, to node: PublicKey, _ credit: ReceiveCredit) {
        let (store, links) = (self.store, self.links)
        self.servingQueue.async {
            defer { credit.finish() }
            do throws(StoreError) {
                let head = store.head.index
                let answer: CatchUpMessage? =
                    switch message {
                    case .headersRequest(let first):
                        try CatchUpServing.headers(
                            from: first, through: head, check: store.checkCertificate, link: store.outline)
                    case .blocksRequest(let range):
                        try CatchUpServing.blocks(
                            range, through: head, check: store.checkCertificate, block: store.soundBlock)
                    case .headers, .blocks, .unavailable: nil
                    }
                if let answer { links?.send(.catchUp(answer), to: [node]) }
            } catch {
                self.noteUnreadable(error)
                switch message {
                case .blocksRequest(let range):
                    links?.send(.catchUp(.unavailable(from: range.lowerBound)), to: [node])
                case .headersRequest(let first): links?.send(.catchUp(.unavailable(from: first)), to: [node])
                case .headers, .blocks, .unavailable: break
                }
            }
        }
    }

    private func noteUnreadable(_ error: StoreError) {
        if case .notHereYet = error { return }
        self.logger.error("can't read blocks that another node wants", metadata: ["error": "\(error)"])
        if case .corrupt(let corruption) = error { self.reports.damaged(corruption) }
    }

    /// Final blocks for a vote machine that lacks a few.
    func sendFinals(from first: BlockIndex, to node: PublicKey) {
        guard let links, self.serving.insert(node).inserted else { return }
        let store = self.store
        self.servingQueue.async {
            do throws(StoreError) {
                let finals = try CatchUpServing.finals(
                    from: first, through: store.head.index, check: store.checkCertificate, block: store.soundBlock)
                if !finals.isEmpty { links.send(.vote(.finals(finals)), to: [node]) }
            } catch {
                self.noteUnreadable(error)
            }
            self.post(.served(node))
        }
    }

    // MARK: The story

    /// A final block can't be followed. What is here stays readable; nothing comes after it.
    func halt(at index: BlockIndex, because rule: String) {
        // Both machines may come to the same block.
        guard self.halted == nil else { return }
        self.halted = "block \(index): \(rule)"
        self.logger.critical(
            "a final block breaks a rule: a quorum lied, or this program is too old",
            metadata: ["block": "\(index)", "rule": "\(rule)"])
    }

    private func noteCatchingUp(_ isRunning: Bool) {
        let progress = self.catchUp.progress
        self.logger.info(
            isRunning ? "catching up" : "caught up",
            metadata: [
                "block": "\(progress.stored)", "of": "\(progress.claimed)", "nodes": "\(progress.nodes.count)",
                "bytes": "\(progress.bytes)",
            ])
    }
}
