/// The moment behind a final block, in which those who were answered send what they have next.
///
/// Without it, clients split into two halves that take turns: one's records are under way while the other's wait, and each
/// block, which costs the members the same whatever it holds, holds half of what it could.
struct Gathering: Sendable {
    /// Submissions in a block from which on it is worth it: below, clients are so few that waiting would only cost them time.
    static let submissionsMin = 4

    /// What waits when all have sent their next.
    let records: Int
    let end: Instant

    /// Until when to wait with what there is; nil when it's enough, or time.
    func due(_ waiting: Int, _ now: Instant) -> Instant? {
        waiting > 0 && waiting < self.records && now < self.end ? self.end : nil
    }
}
