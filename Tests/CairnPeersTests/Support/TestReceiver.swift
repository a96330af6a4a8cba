import CairnConsensus
import CairnLedger
import CairnLock
import CairnPeers

/// Writes down what comes over links.
final class TestReceiver: LinkReceiver {
    enum Event: Hashable {
        case linked(PublicKey)
        case unlinked(PublicKey)
        case received(NodeMessage, from: PublicKey)
    }

    let events = Events<Event>()
    /// Credits that the test finishes itself; nil when each is finished at once.
    let heldCredits: Lock<[ReceiveCredit]?>

    init(holdsCredits: Bool = false) {
        self.heldCredits = Lock(holdsCredits ? [] : nil)
    }

    func received(_ message: NodeMessage, from node: PublicKey, credit: ReceiveCredit) {
        let isHeld = self.heldCredits.withLock { held in
            held?.append(credit)
            return held != nil
        }
        if !isHeld { credit.finish() }
        self.events.add(.received(message, from: node))
    }

    func linked(to node: PublicKey) { self.events.add(.linked(node)) }
    func unlinked(from node: PublicKey) { self.events.add(.unlinked(node)) }

    /// Finishes what is held, and holds nothing any more.
    func finishCredits() {
        let credits = self.heldCredits.withLock { held in
            defer { held = nil }
            return held ?? []
        }
        for credit in credits { credit.finish() }
    }
}
