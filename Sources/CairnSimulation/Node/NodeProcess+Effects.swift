import CairnConsensus
import CairnHash
import CairnLedger
import CairnStore

// From the machine's decisions to disk, links and clients.
extension NodeProcess {
    func carryOut(_ effect: VoteEffect, _ outcomes: inout [Outcome]) {
        switch effect {
        case .journal(let entry, let number):
            self.queued.append(.journal(entry, number))
        case .append(let final, let leafHashes):
            // The only member's block is final when it is stored; others' are when a quorum says so.
            if self.check.members.isOnly(self.key) {
                self.queued.append(.block(final, leafHashes: leafHashes))
            } else {
                self.final.append((final, leafHashes))
                outcomes.append(.final(final))
            }
        case .send(let message, let destination):
            outcomes.append(.send(.vote(message), to: destination))
        case .sendFinals(let index, let key):
            self.sendFinals(from: index, to: key, &outcomes)
        case .accept(let acceptances, let header, let hash):
            guard self.bug == .acknowledgeBeforeFinal || self.store.head.index >= header.index else {
                return outcomes.append(.violated(self.early(header.index)))
            }
            for acceptance in acceptances {
                for ticket in acceptance.tickets {
                    outcomes.append(.answer(ticket, Self.answer(acceptance.place, in: header.index, hash)))
                }
            }
        case .compare(let submission, let ticket, let place):
            self.compare(submission, ticket, place, &outcomes)
        case .refuse(let tickets, let refusal):
            for ticket in tickets { outcomes.append(.answer(ticket, .refused(refusal))) }
        case .acceptChange(let ticket, let header, _):
            guard self.store.head.index >= header.index else {
                return outcomes.append(.violated(self.early(header.index)))
            }
            outcomes.append(.answer(ticket, .changed(blockIndex: header.index.rawValue)))
        case .refuseChange(let ticket, let refusal):
            outcomes.append(.answer(ticket, .changeRefused(refusal)))
        case .found(let evidence): outcomes.append(.found(evidence))
        case .lostVote(let vote): outcomes.append(.lostVote(vote))
        case .misbehaved(let key, .timestampAhead): outcomes.append(.refusedTime(key))
        case .misbehaved(let key, let how): outcomes.append(.misbehaved(key, "\(how)"))
        case .halted(let index, let error): outcomes.append(.halted(index, error))
        case .epochBegan(let present):
            self.check = MessageCheck(present: present, verifier: self.check.verifier)
            outcomes.append(.epoch(present.epoch))
        }
    }

    private func early(_ index: BlockIndex) -> Violation {
        Violation(.durability, "node \(self.node) answers for block \(index), which it doesn't show")
    }

    private static func answer(_ place: SubmissionWindow.Place, in index: BlockIndex, _ hash: Digest) -> Answer {
        .accepted(
            firstRecord: place.firstRecord.rawValue, count: place.count, blockIndex: index.rawValue, blockHash: hash)
    }

    /// As the real driver: what a repeated submission wrote is its answer.
    private func compare(
        _ submission: Submission, _ ticket: Ticket, _ place: SubmissionWindow.Place, _ outcomes: inout [Outcome]
    ) {
        guard self.store.head.treeSize.contains(place.firstRecord) else {
            return outcomes.append(
                .violated(Violation(.durability, "node \(self.node) compares with what it doesn't show")))
        }
        do throws(StoreError) {
            guard place.count == submission.leafHashes.count,
                try self.store.leafHashes(from: place.firstRecord, count: place.count) == submission.leafHashes
            else { return outcomes.append(.answer(ticket, .refused(.idReused))) }
            let block = try self.store.block(try self.store.blockIndex(of: place.firstRecord)).block
            outcomes.append(.answer(ticket, Self.answer(place, in: block.index, block.header.hash)))
        } catch {
            self.end(because: error, &outcomes)
        }
    }

    private func sendFinals(from first: BlockIndex, to key: PublicKey, _ outcomes: inout [Outcome]) {
        let lacking = self.store.head.index.rawValue + 1 - min(first, self.store.head.index.next()).rawValue
        guard
            self.catchUpScenario.sendsFinalsToAll
                || lacking < self.catchUpScenario.configuration.blocksBehindMin
        else { return }
        do throws(StoreError) {
            let finals = try CatchUpServing.finals(
                from: first, through: self.store.head.index, blocksMax: 16, check: self.store.checkCertificate,
                block: self.store.soundBlock)
            if !finals.isEmpty { outcomes.append(.send(.vote(.finals(finals)), to: .node(key))) }
        } catch {
            outcomes.append(.unreadable(error))
        }
    }
}
