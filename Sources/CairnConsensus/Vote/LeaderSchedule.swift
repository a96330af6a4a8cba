package import CairnLedger

/// Whose turn a view is, in proportion to power.
///
/// View v takes the place frac(v · φ⁻¹) on a line on which each member has a stretch as long as its power. Multiples of the
/// golden ratio spread evenly over the line from every starting point (Knuth, "The Art of Computer Programming", volume 3,
/// section 6.4), so turns of equal members nearly alternate, a member's turns are never far apart, and the turn of any view
/// is found without those before it.
package struct LeaderSchedule: Sendable {
    /// 2^64 · φ⁻¹, made odd.
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Where each member's stretch ends.
    private let ends: [UInt64]

    package init(_ members: MemberSet) {
        var end: UInt64 = 0
        self.ends = members.members.map { member in
            end += member.power
            return end
        }
    }

    /// The place of a view's leader among the members.
    package func leader(of view: View) -> Int {
        let place = (view.rawValue &* Self.step).multipliedFullWidth(by: self.ends[self.ends.count - 1]).high
        var low = 0
        var high = self.ends.count - 1
        while low < high {
            let middle = (low + high) / 2
            if place < self.ends[middle] { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
