internal import CairnConsensus
internal import CairnLedger
internal import CairnPeers

// What comes over links, on event loops: left for the deciding thread.
extension LedgerDriver: LinkReceiver {
    func received(_ message: NodeMessage, from node: PublicKey, credit: ReceiveCredit) {
        self.post(.message(message, from: node, credit))
    }

    func linked(to node: PublicKey) { self.post(.linked(node)) }
    func unlinked(from node: PublicKey) { self.post(.unlinked(node)) }
}
