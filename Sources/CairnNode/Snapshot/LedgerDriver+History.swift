internal import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnPeers
internal import CairnStore
internal import Dispatch
internal import Logging

// The history of a ledger that began with a snapshot.
extension LedgerDriver {
    /// How often the log says how far the history is, in blocks of it.
    private static let toldParts: UInt64 = 10

    func startHistory() {
        guard let history else { return }
        let progress = history.progress(self.store)
        self.logger.info(
            "the history before the snapshot is being fetched",
            metadata: ["block": "\(progress.historyHead)", "of": "\(history.first)"])
        if history.isComplete { self.copyHistory() }
    }

    func handleHistory(_ event: CatchUpEvent) {
        guard let history, history.phase == .fetching else { return }
        for effect in history.machine.handle(event, now: Moment.now().instant) { self.carryOut(effect, for: history) }
    }

    private func carryOut(_ effect: CatchUpEffect, for history: HistoryFill) {
        switch effect {
        case .send(let message, let node):
            self.links?.send(.catchUp(message), to: [node])
        case .check(let run):
            let verifier = self.check.verifier
            self.checkQueue.async { self.post(.history(.checked(run.check(using: verifier)))) }
        case .deliver(let message, _):
            guard case .finals(let blocks) = message.content else { return }
            history.keeper.append(blocks) { self.post(.historyGrew($0)) }
        case .misbehaved(let node, let error):
            self.ban(node, because: "\(error)")
        case .halted(let index, let error):
            self.stopHistory(.rule(index, "\(error)"))
        case .running, .candidate: break
        }
    }

    func historyGrew(_ result: Result<ChainTip, HistoryKeeper.Failure>) {
        guard let history, history.phase == .fetching else { return }
        switch result {
        case .success(let tip):
            self.tellHistory(tip.header.index.rawValue, history)
            if history.isComplete { return self.copyHistory() }
            self.handleHistory(.stored(through: tip.header.index, tip: tip))
        case .failure(let failure): self.stopHistory(failure)
        }
    }

    private func tellHistory(_ block: UInt64, _ history: HistoryFill) {
        let part = history.first.rawValue / Self.toldParts + 1
        guard block / part > history.told else { return }
        history.told = block / part
        self.logger.info("the history is coming", metadata: ["block": "\(block)", "of": "\(history.first)"])
    }

    // MARK: The end

    /// The history has come to the snapshot: what is ahead follows it, and then it is one ledger.
    private func copyHistory() {
        guard let history else { return }
        history.phase = .copying
        do throws(StoreError) {
            let (mine, theirs) = (try history.store.header(of: history.first), try self.store.header(of: history.first))
            guard mine == theirs else {
                return self.stopHistory(
                    .rule(
                        history.first, "it is another block in the history than in the snapshot, and both are certified"
                    ))
            }
        } catch {
            return self.stopHistory(.store(error))
        }
        history.keeper.copy(from: self.store, self.log) { result in
            if case .success = result { self.removeAhead(history.disk) }
            self.post(.historyCopied(result))
        }
    }

    /// Nothing reads it any more. What can't be removed, the next start removes.
    private func removeAhead(_ disk: any Disk) {
        do throws(StoreError) {
            try LedgerAhead.remove(from: disk)
        } catch {
            self.logger.warning("can't remove what the snapshot left", metadata: ["error": "\(error)"])
        }
    }

    func historyCopied(_ result: Result<Void, HistoryKeeper.Failure>) {
        switch result {
        case .success:
            self.history = nil
            self.withoutVote =
                "it began with a snapshot, whose history is here now: start the node again to let it vote"
            self.logger.info("the ledger is whole", metadata: ["block": "\(self.store.head.index)"])
            // Who waited for it looks there.
            self.publishStatus()
            self.reports.whole()
        case .failure(let failure): self.stopHistory(failure)
        }
    }

    private func stopHistory(_ failure: HistoryKeeper.Failure) {
        self.history?.phase = .stopped
        switch failure {
        case .store(let error): self.fail(error)
        case .rule(let index, let rule):
            self.halt(at: index, because: rule)
        }
    }

    // MARK: Messages

    func noteClaim(_ head: BlockIndex, by node: PublicKey) {
        self.handle(.claimed(head: head, by: node))
        self.handleHistory(.claimed(head: head, by: node))
    }

    /// Takes an answer that the history asked for, unless the ledger ahead waits for the same.
    ///
    /// - Returns: false when it isn't for the history.
    func takeForHistory(_ message: CatchUpMessage, from sender: PublicKey, _ credit: ReceiveCredit) -> Bool {
        guard let history, history.phase == .fetching, history.machine.wants(message, from: sender) else {
            return false
        }
        if let index = message.firstBlock, index > history.first, self.catchUp.wants(message, from: sender) {
            return false
        }
        self.check(message, for: history.machine, from: sender, credit) { self.post(.history($0)) }
        return true
    }

    var historyWakeUp: Instant? {
        guard let history, history.phase == .fetching else { return nil }
        return history.machine.wakeUp
    }
}

extension CatchUpMessage {
    /// Of an answer.
    fileprivate var firstBlock: BlockIndex? {
        switch self {
        case .headers(let links): links.first?.header.index
        case .blocks(let blocks): blocks.first?.block.index
        case .unavailable(let index): index
        case .headersRequest, .blocksRequest: nil
        }
    }
}
