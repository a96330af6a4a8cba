package import CairnLedger
internal import CairnLock

/// Checks signatures, and remembers those that were right lately: the votes in a certificate are mostly votes that came
/// by themselves before, and a check costs more than all else about a vote.
package final class RememberedSignatures: SignatureVerifier {
    private struct Checked: Hashable, Sendable {
        var signature: Signature
        var key: PublicKey
        var message: [UInt8]
    }

    private struct State {
        var known: Set<Checked> = []
        /// The same by age, from `oldest` on, round and round.
        var ring: [Checked] = []
        var oldest = 0
    }

    /// Some blocks' votes of the largest set of members.
    private static let countMax = 4_096
    /// Votes are short; what is longer is seldom checked twice.
    private static let messageBytesMax = 256

    private let state = Lock(State())

    package init() {}

    package func isValid(_ signature: Signature, of key: PublicKey, for message: [UInt8]) -> Bool {
        let checked = Checked(signature: signature, key: key, message: message)
        if self.state.withLock({ $0.known.contains(checked) }) { return true }
        guard key.isValid(signature, for: message) else { return false }
        if message.count <= Self.messageBytesMax { self.remember(checked) }
        return true
    }

    /// Takes a signature that this node made itself.
    package func remember(_ signature: Signature, of key: PublicKey, for message: [UInt8]) {
        self.remember(Checked(signature: signature, key: key, message: message))
    }

    private func remember(_ checked: Checked) {
        self.state.withLock { state in
            guard state.known.insert(checked).inserted else { return }
            if state.ring.count < Self.countMax {
                state.ring.append(checked)
            } else {
                state.known.remove(state.ring[state.oldest])
                state.ring[state.oldest] = checked
                state.oldest = (state.oldest + 1) % Self.countMax
            }
        }
    }
}
