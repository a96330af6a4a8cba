package import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnStore
internal import Dispatch
internal import Logging
internal import NIOCore
internal import Synchronization

// Callers who wait.
extension LedgerDriver {
    /// Submissions in a block from which on it pays to let more gather for the next: below, clients are so few that
    /// waiting would only cost them time.
    private static let gatherFrom = 4
    /// The longest that a submission waits for others.
    private static let gatherNanosecondsMax: UInt64 = 1_000_000

    func takeSubmissions() -> [(submission: Submission, client: ClientID, ticket: Ticket)] {
        if self.isAlone { self.gather() } else if self.shouldGather() { return [] }
        let items = self.inbox.takeAll()
        guard !items.isEmpty else { return [] }
        guard self.isAlone || self.links != nil else {
            for item in items { self.answer(item, .failure(.noLinks)) }
            return []
        }
        self.takenSinceAnswers += items.count
        var submitted: [(submission: Submission, client: ClientID, ticket: Ticket)] = []
        submitted.reserveCapacity(items.count)
        let deadline = Moment.now().instant + self.configuration.submissionTimeout
        for item in items {
            if let error = self.refusal(of: item.submission) {
                self.answer(item, .failure(error))
                continue
            }
            let ticket = self.makeTicket()
            self.waiting[ticket] = item
            if !self.isAlone { self.deadlines.append((deadline, ticket)) }
            submitted.append((item.submission, item.client, ticket))
        }
        return submitted
    }

    /// Under load, a sync costs more than all else that a record costs: as long as the last one took, a few more
    /// submissions than lately may come together for the next.
    private func gather() {
        guard self.lately >= Self.gatherFrom, !self.isLoopShared.load(ordering: .relaxed) else { return }
        self.inbox.gather(
            self.lately + self.lately / 4, nanoseconds: min(self.lastSyncNanoseconds, Self.gatherNanosecondsMax))
    }

    private var lately: Int { (self.lastGroup + self.groupBefore) / 2 }

    /// Among several members a group costs a message: as many submissions as lately may come together, while the deciding
    /// thread goes on.
    private func shouldGather() -> Bool {
        guard self.lately >= Self.gatherFrom else { return false }
        // What is left of a group whose first part didn't wait for it.
        let left = self.lately - self.takenSinceAnswers
        guard self.inbox.calls(at: left > 0 ? left : self.lately) else {
            self.gatherUntil = nil
            return false
        }
        let now = Moment.now().instant
        guard let end = self.gatherUntil else {
            self.gatherUntil = now + .nanoseconds(Int64(Self.gatherNanosecondsMax))
            self.loop.scheduleTask(in: .nanoseconds(Int64(Self.gatherNanosecondsMax))) { self.post(.timeReached) }
            return true
        }
        if now < end { return true }
        self.gatherUntil = nil
        return false
    }

    // MARK: Answers

    func accept(_ acceptances: [VoteEffect.Acceptance], in header: BlockHeader, hash: Digest) {
        let block = BlockReference(index: header.index, hash: hash, timestamp: header.timestamp)
        self.groupBefore = self.lastGroup
        self.lastGroup = acceptances.count
        self.takenSinceAnswers = 0
        for acceptance in acceptances {
            for (position, ticket) in acceptance.tickets.enumerated() {
                let receipt = Receipt(
                    firstRecord: acceptance.place.firstRecord, count: acceptance.place.count, block: block,
                    isRepeat: position > 0)
                self.answer(ticket, .success(receipt))
            }
        }
    }

    /// The answer to a submission whose id is in the ledger.
    func repeated(_ submission: Submission, at place: SubmissionWindow.Place) -> Result<Receipt, AppendError> {
        do throws(StoreError) {
            guard place.count == submission.leafHashes.count else { return .failure(.idReused) }
            let block = try self.store.block(try self.store.blockIndex(of: place.firstRecord)).block
            // The tree's files are quick to ask and derived: before a "no", the records themselves are.
            guard
                try self.store.leafHashes(from: place.firstRecord, count: place.count) == submission.leafHashes
                    || Self.holds(block, submission, at: place)
            else { return .failure(.idReused) }
            let reference = BlockReference(
                index: block.index, hash: block.header.hash, timestamp: block.header.timestamp)
            return .success(
                Receipt(firstRecord: place.firstRecord, count: place.count, block: reference, isRepeat: true))
        } catch {
            if case .notHereYet = error { return .failure(.notHereYet) }
            self.logger.error("can't read what a repeated submission wrote", metadata: ["error": "\(error)"])
            return .failure(.unreadable)
        }
    }

    private static func holds(_ block: Block, _ submission: Submission, at place: SubmissionWindow.Place) -> Bool {
        guard block.firstRecord <= place.firstRecord,
            place.firstRecord.rawValue + UInt64(place.count) <= block.header.treeSize.rawValue
        else { return false }
        let offset = Int(place.firstRecord.rawValue - block.firstRecord.rawValue)
        return block.entries.leafHashes()[offset..<offset + place.count].elementsEqual(submission.leafHashes)
    }

    func answer(_ ticket: Ticket, _ result: Result<Receipt, AppendError>) {
        // One that took too long was answered already.
        guard let item = self.waiting.removeValue(forKey: ticket) else { return }
        self.answer(item, result)
    }

    func answer(_ item: Inbox.Item, _ result: Result<Receipt, AppendError>) {
        self.inbox.answered(item)
        item.completion(result)
    }

    func answer(change ticket: Ticket, _ result: Result<BlockReference, ChangeError>) {
        self.changeWaiting.removeValue(forKey: ticket)?(result)
    }

    /// Everybody who still waits.
    func answerAll(_ error: AppendError) {
        for ticket in self.waiting.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            self.answer(ticket, .failure(error))
        }
        for ticket in Array(self.changeWaiting.keys) { self.answer(change: ticket, .failure(.stopped)) }
    }

    /// Tells those who waited too long. What they handed in may still become final.
    func answerLate(_ now: Instant) {
        let late = self.deadlines.prefix { $0.at <= now }
        guard !late.isEmpty else { return }
        self.deadlines.removeFirst(late.count)
        for (_, ticket) in late { self.answer(ticket, .failure(.notFinalInTime)) }
    }
}

extension AppendError {
    package init(_ refusal: VoteEffect.Refusal) {
        self =
            switch refusal {
            case .queueFull: .queueFull
            case .noSpace: .noSpace
            case .idReused: .idReused
            }
    }
}
