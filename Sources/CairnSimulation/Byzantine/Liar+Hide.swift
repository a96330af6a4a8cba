import CairnConsensus
import CairnHash
import CairnLedger

/// A leader that votes for a block and doesn't show it. Who lacks it has to get it from others, or the view fails.
extension Liar {
    /// Who isn't shown a block of its own.
    enum Hiding {
        /// Nobody else can vote for it: the view fails.
        case fromAll
        case fromSome
        case fromNobody
    }

    func hide(_ message: Message, from targets: [Int], _ sendings: inout [Sending]) {
        switch message {
        case .proposal(let proposal) where proposal.block.header.proposer == self.key.publicKey:
            let hash = proposal.block.header.hash
            if self.hidden[hash] == nil {
                let choices: [Hiding] = [.fromAll, .fromSome, .fromNobody]
                self.hidden[hash] = choices[self.draw.pick(weights: [4, 4, 2])]
            }
        case .vote(let vote) where !targets.isEmpty:
            let blind = targets.count { self.hides(vote.blockHash, from: $0) }
            if self.hidden[vote.blockHash] == .fromAll {
                self.done.unseenBlocks.insert(vote.blockHash)
            } else if 0 < blind, blind < targets.count {
                self.done.halfSeenBlocks.insert(vote.blockHash)
            }
        default: break
        }
        self.tell(message, to: targets.filter { !self.hides(.vote(message), from: $0) }, &sendings)
    }

    /// Whether a message would show a hidden block, in whatever way blocks are shown.
    func hides(_ message: NodeMessage, from target: Int) -> Bool {
        guard !self.hidden.isEmpty else { return false }
        return switch message {
        case .vote(.proposal(let proposal)): self.hides(proposal.block.header.hash, from: target)
        case .vote(.block(let block)): self.hides(block.header.hash, from: target)
        case .vote(.finals(let finals)): finals.contains { self.hides($0.block.header.hash, from: target) }
        case .catchUp(.blocks(let blocks)): blocks.contains { self.hides($0.block.header.hash, from: target) }
        default: false
        }
    }

    /// Always the same of the same block and node.
    private func hides(_ hash: Digest, from target: Int) -> Bool {
        switch self.hidden[hash] {
        case .fromAll: true
        case .fromSome: hash.bytes[target % 32] % 2 == 0
        case .fromNobody, nil: false
        }
    }
}
