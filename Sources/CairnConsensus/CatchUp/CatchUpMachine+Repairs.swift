internal import CairnLedger

// Single blocks for repairs: from one node after another, until one is good.
extension CatchUpMachine {
    mutating func askForRepairs(_ turn: inout CatchUpTurn) {
        for index in self.repairs.open(now: turn.now) {
            let candidates = self.order.filter { node in
                self.nodes[node].map { !$0.isResting && $0.claimed >= index } ?? false
            }
            guard let node = candidates.first(where: { !self.repairs.wasTried($0, for: index) }) else {
                self.repairs.wait(for: index, now: turn.now, self.configuration)
                continue
            }
            self.repairs.ask(index, of: node)
            self.nodes[node]?.ask(.blocks(index...index), reserving: Self.reservedBytesMax, now: turn.now)
            turn.effects.append(.send(.blocksRequest(index...index), to: node))
        }
    }

    mutating func receiveCandidate(_ fetched: FetchedBlock, from node: PublicKey, _ turn: inout CatchUpTurn) {
        let index = fetched.block.block.index
        // Another hash proves nothing against its sender: what is wanted may have been taken from damaged bytes.
        guard self.repairs.fits(fetched.block.hash, at: index) else { return self.repairs.refuse(index, node) }
        self.repairs.judge(index)
        self.nodes[node]?.wasUseful(gaveBlocks: true, self.configuration)
        let final = FinalBlock(block: fetched.block.block, certificate: fetched.certificate)
        turn.effects.append(.candidate(final, from: node))
    }

    mutating func judge(_ index: BlockIndex, isGood: Bool, _ turn: inout CatchUpTurn) {
        guard let node = self.repairs.giver(of: index) else { return }
        if isGood {
            self.repairs.end(index)
        } else {
            self.repairs.refuse(index, node)
            self.ban(node, because: .wrongRecords(index), &turn)
        }
    }
}
