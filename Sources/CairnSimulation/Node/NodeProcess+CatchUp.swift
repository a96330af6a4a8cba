import CairnConsensus
import CairnLedger
import CairnStore

// Many final blocks from other nodes, and for them: what `LedgerDriver` does, but that whoever runs this says when a check
// is done.
extension NodeProcess {
    var isCatchingUp: Bool { self.catchUp.progress.isRunning }

    func handle(_ event: CatchUpEvent, now: Moment, _ outcomes: inout [Outcome]) {
        let effects = self.catchUp.handle(event, now: now.instant)
        guard !effects.isEmpty else { return }
        for effect in effects { self.carryOut(effect, now: now, &outcomes) }
        let waitingBytes = self.catchUp.progress.waitingBytes
        guard waitingBytes <= self.catchUpScenario.configuration.bytesWaitingMax else {
            let problem = "node \(self.node) keeps \(waitingBytes) bytes for catching up"
            return outcomes.append(.violated(Violation(.bounds, problem)))
        }
    }

    private func carryOut(_ effect: CatchUpEffect, now: Moment, _ outcomes: inout [Outcome]) {
        switch effect {
        case .send(let message, let node):
            outcomes.append(.send(.catchUp(message), to: .node(node)))
        case .check(let run):
            outcomes.append(.later(.checked(run.check(using: self.catchUpVerifier))))
        case .deliver(let message, let node):
            if case .finals(let finals) = message.content { outcomes.append(.caughtUp(finals.count)) }
            self.handle(.received(message, from: node), now: now, &outcomes)
        case .running(let isRunning):
            if self.bug == .keepQuiet, !isRunning { return }
            self.handle(.catchingUp(isRunning), now: now, &outcomes)
        case .misbehaved(let node, let error):
            outcomes.append(.misbehaved(node, "catching up: \(error)"))
        case .halted(let index, let error):
            outcomes.append(.halted(index, error))
        case .candidate: break
        }
    }

    func receive(_ message: CatchUpMessage, from sender: PublicKey, now: Moment, _ outcomes: inout [Outcome]) {
        switch message {
        case .headersRequest, .blocksRequest:
            self.serve(message, to: sender, &outcomes)
        case .headers, .blocks, .unavailable:
            guard self.catchUp.wants(message, from: sender) else { return }
            do throws(CatchUpError) {
                guard let checked = try self.check(message, by: self.bug?.catchUpRule ?? CertifiedChain.self) else {
                    return
                }
                outcomes.append(.later(.received(checked, from: sender)))
            } catch {
                outcomes.append(.later(.refused(error, from: sender)))
            }
        }
    }

    private func check(
        _ message: CatchUpMessage, by rule: any CatchUpRule.Type
    ) throws(CatchUpError) -> CheckedCatchUp? {
        func check<Rule: CatchUpRule>(_ rule: Rule.Type) throws(CatchUpError) -> CheckedCatchUp? {
            try self.catchUp.check(using: self.catchUpVerifier, by: rule).check(message)
        }
        return try check(rule)
    }

    private var catchUpVerifier: SimulatedVerifier {
        self.bug == .believeAnySignature ? self.check.verifier.careless : self.check.verifier
    }

    // MARK: For others

    private func serve(_ message: CatchUpMessage, to node: PublicKey, _ outcomes: inout [Outcome]) {
        do throws(StoreError) {
            let head = self.store.head.index
            let answer: CatchUpMessage? =
                switch message {
                case .headersRequest(let first):
                    try CatchUpServing.headers(
                        from: first, through: head, blocksMax: self.catchUpScenario.headersMax,
                        check: self.store.checkCertificate, link: self.store.outline)
                case .blocksRequest(let range):
                    try CatchUpServing.blocks(
                        range, through: head, check: self.store.checkCertificate, block: self.store.soundBlock)
                case .headers, .blocks, .unavailable: nil
                }
            if let answer { outcomes.append(.send(.catchUp(answer), to: .node(node))) }
        } catch {
            outcomes.append(.unreadable(error))
            switch message {
            case .blocksRequest(let range):
                outcomes.append(.send(.catchUp(.unavailable(from: range.lowerBound)), to: .node(node)))
            case .headersRequest(let first):
                outcomes.append(.send(.catchUp(.unavailable(from: first)), to: .node(node)))
            case .headers, .blocks, .unavailable: break
            }
        }
    }
}
