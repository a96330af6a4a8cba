internal import Synchronization

/// The memory that bodies of all connections share, in bytes.
package final class BodyBudget: Sendable {
    private let held = Atomic(0)
    private let bytesMax: Int

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    package var heldBytes: Int { self.held.load(ordering: .relaxed) }

    /// Whether there was room; if so, give it back.
    package func take(_ bytes: Int) -> Bool {
        let held = self.held.wrappingAdd(bytes, ordering: .relaxed).newValue
        if held <= self.bytesMax { return true }
        self.giveBack(bytes)
        return false
    }

    func giveBack(_ bytes: Int) {
        self.held.wrappingSubtract(bytes, ordering: .relaxed)
    }
}
