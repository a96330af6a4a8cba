internal import CairnHash
package import CairnLedger

// Answers: each is believed only as far as a hash or a quorum vouches for it.
extension SnapshotMachine {
    package mutating func receive(
        _ answer: SnapshotMessage.Answer, from node: PublicKey, _ turn: inout SnapshotTurn
    ) {
        self.owed[node] = nil
        guard !answer.ends.isEmpty || answer.head != nil else { return self.ban(node, because: .empty, &turn) }
        do throws(SnapshotError) {
            for end in answer.ends {
                do throws(SnapshotError) {
                    try self.take(end)
                } catch {
                    // A quorum has signed the block: who passes it on doesn't lie.
                    guard case .epochEnd(let problem) = error, problem.isOfNewerVersion else { throw error }
                    return self.finish(.broken(end.header.index, "\(problem)"), &turn)
                }
            }
            if let head = answer.head { self.heads[node] = try self.check(head) }
        } catch {
            self.ban(node, because: error, &turn)
        }
    }

    /// Epochs that another node told of meanwhile are known already.
    private mutating func take(_ end: EpochEnd) throws(SnapshotError) {
        guard end.header.epoch >= Epoch(self.ends.count) else { return }
        do throws(EpochEndError) {
            self.members.append(try self.members[self.ends.count].next(behind: end, using: self.verifier))
        } catch {
            throw .epochEnd(error)
        }
        self.ends.append(end)
    }

    private func check(_ head: SnapshotMessage.Head) throws(SnapshotError) -> SnapshotMessage.Head {
        let header = head.header
        let known = self.members[self.members.count - 1].epoch
        guard header.epoch <= known else { throw .wrongEpoch(expected: known, found: header.epoch) }
        let members = self.members[Int(header.epoch.rawValue)]
        let hash = header.hash
        do throws(CertificateError) {
            try members.verify(head.certificate, of: header, hash: hash, using: self.verifier)
        } catch {
            throw .certificate(error)
        }
        // Keys of an old epoch may have signed anything: even what they signed must fit what is known of epochs.
        guard head.parent.hash == header.previousHash, head.parent.index == header.index.previous(),
            head.parent.epoch == header.epoch || head.parent.epoch == header.epoch.previous()
        else { throw .wrongParent(header.index) }
        guard let edge = TreeEdge(size: head.parent.treeSize, hashes: head.edge),
            edge.frontier.root == head.parent.treeRoot
        else { throw .wrongEdge(header.index) }
        return head
    }

    package mutating func receive(
        _ outlines: [SnapshotMessage.Outline], from node: PublicKey, _ turn: inout SnapshotTurn
    ) {
        self.owed[node] = nil
        guard var window = self.window.take() else { return }
        let result: Result<WindowFetch.Progress, SnapshotError> = window.take(outlines)
        self.window = window
        switch result {
        case .failure(let error): self.ban(node, because: error, &turn)
        case .success(.more): break
        case .success(.whole): self.phase = .block
        case .success(.broken(let index, let reason)): self.finish(.broken(index, reason), &turn)
        }
    }

    package mutating func receive(_ blocks: [FinalBlock], from node: PublicKey, _ turn: inout SnapshotTurn) {
        guard case .block = self.phase, self.owed.removeValue(forKey: node) != nil, let target else { return }
        let index = target.header.index
        guard let final = blocks.first else { return self.ban(node, because: .empty, &turn) }
        guard final.block.header == target.header else {
            return self.ban(node, because: .otherBlock(index), &turn)
        }
        let annexHash = final.block.annexBytes.isEmpty ? .zero : Digest(hashing: final.block.annexBytes)
        guard final.block.header.annexHash == annexHash else {
            return self.ban(node, because: .wrongAnnex(index), &turn)
        }
        guard let window = self.window?.window, let edge = TreeEdge(size: target.parent.treeSize, hashes: target.edge)
        else { return }
        let history = MemberHistory(
            genesis: self.genesis, ends: Array(self.ends.prefix(Int(target.header.epoch.rawValue))))
        let base = ChainBase(history: history, last: target.parent, edge: edge, submissions: window.submissions)
        var state: ChainState
        do throws(ChainBaseError) {
            state = try base.state(chain: self.members[0].chain, using: self.verifier)
        } catch {
            return self.finish(.broken(target.parent.index, "\(error)"), &turn)
        }
        do throws(BlockError) {
            try state.apply(final.block, leafHashes: final.block.entries.leafHashes(), using: self.verifier)
        } catch {
            switch error {
            // The header is certified: where only the records can be wrong, they are.
            case .wrongTreeSize, .wrongTreeRoot, .tooLarge, .tooManyRecords:
                return self.ban(node, because: .wrongRecords(index), &turn)
            default: return self.finish(.broken(index, "\(error)"), &turn)
            }
        }
        self.finish(.found(base, first: FinalBlock(block: final.block, certificate: target.certificate)), &turn)
    }
}
