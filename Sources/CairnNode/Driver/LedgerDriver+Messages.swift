internal import CairnConsensus
internal import CairnHash
internal import CairnLedger
internal import CairnPeers
internal import CairnStore
internal import Dispatch
internal import Logging

// What other nodes say, and what they ask for.
extension LedgerDriver {
    func receive(_ message: NodeMessage, from sender: PublicKey) {
        switch message {
        case .vote(let message): self.receive(message, from: sender)
        case .catchUp(let message): self.receive(message, from: sender)
        case .checkpoint(let share):
            self.reports.shared(share) { reason in self.queue.async { self.ban(sender, because: reason) } }
        }
    }

    /// Signatures are checked as late as possible: a vote behind its certificate says nothing any more.
    private func receive(_ message: Message, from sender: PublicKey) {
        guard self.machine.wants(message) else { return }
        do throws(MessageError) {
            guard let checked = try self.check.check(message) else { return }
            self.handle(.received(checked, from: sender))
        } catch {
            self.ban(sender, because: "\(error)")
        }
    }

    private func receive(_ message: CatchUpMessage, from sender: PublicKey) {
        guard case .blocksRequest(let range) = message, let block = try? self.store.block(range.lowerBound) else {
            return
        }
        self.links?.send(.catchUp(.blocks([block])), to: [sender])
    }

    // MARK: Final blocks for others

    /// Bytes of blocks in a message, beyond which no further one is added.
    private static let finalsBytesMax = 4 << 20
    private static let finalsCountMin = 16

    /// Final blocks of one epoch, the last with a certificate, as many as fit a message.
    func sendFinals(from first: BlockIndex, to node: PublicKey) {
        guard self.links != nil, self.serving.insert(node).inserted else { return }
        self.servingQueue.async {
            let finals = self.readFinals(from: first)
            self.queue.async {
                self.serving.remove(node)
                if !finals.isEmpty { self.links?.send(.vote(.finals(finals)), to: [node]) }
            }
        }
    }

    private func readFinals(from first: BlockIndex) -> [FinalBlock] {
        var finals: [FinalBlock] = []
        var bytes = 0
        do throws(StoreError) {
            var index = first
            while index <= self.store.head.index {
                let final = try self.store.block(index)
                if let epoch = finals.first?.block.header.epoch, final.block.header.epoch != epoch { break }
                finals.append(final)
                bytes += final.block.encodedByteCount
                if final.certificate != nil, bytes >= Self.finalsBytesMax || finals.count >= 1_024 { break }
                index = index.next()
            }
        } catch {
            self.logger.error("can't read blocks that another node wants", metadata: ["error": "\(error)"])
        }
        while let last = finals.last, last.certificate == nil { finals.removeLast() }
        return finals
    }
}
