package import CairnHash
package import CairnLedger

/// Writes what a state machine remembers, so that states which behave alike have the same bytes.
///
/// Points in time are written as distances from now, since nothing depends on when a process began. Signatures are left out:
/// each is a function of the vote and of who signed it. So are blocks but for their hashes.
package struct StateEncoder {
    /// What the reader's bounds make meaningless, so that states which differ in nothing else are one.
    package struct Bounds: Sendable {
        /// What is due later than that from now is never reached.
        package var horizon: Duration
        /// Time stands still from now on: how long something took or is to take is nobody's business any more.
        package var isTimeless: Bool
        /// Nobody asks those who signed a certificate for what they have, so that any quorum's is as good.
        package var hasAlikeQuorums: Bool

        package init(horizon: Duration, isTimeless: Bool, hasAlikeQuorums: Bool) {
            self.horizon = horizon
            self.isTimeless = isTimeless
            self.hasAlikeQuorums = hasAlikeQuorums
        }
    }

    package private(set) var bytes: [UInt8] = []
    private let now: Instant
    let bounds: Bounds
    private let horizon: UInt64

    package init(now: Instant, bounds: Bounds) {
        self.now = now
        self.bounds = bounds
        self.horizon = bounds.isTimeless ? 0 : bounds.horizon.wholeNanoseconds
        self.bytes.reserveCapacity(1_024)
    }

    package mutating func add(_ number: UInt64) { self.bytes.append(bigEndian: number) }
    package mutating func add(_ number: Int) { self.add(UInt64(bitPattern: Int64(number))) }
    package mutating func add(_ isTrue: Bool) { self.bytes.append(isTrue ? 1 : 0) }
    package mutating func add(_ digest: Digest) { self.bytes.append(digest) }
    package mutating func add(_ key: PublicKey) { self.bytes.append(contentsOf: key.bytes) }

    /// A number only means something as a distance from another one.
    mutating func add(_ number: UInt64, from origin: UInt64) { self.add(number &- origin) }

    package mutating func add(_ instant: Instant) {
        let distance = instant.nanoseconds &- self.now.nanoseconds
        self.add(instant > self.now ? min(distance, self.horizon + 1) : distance)
    }

    mutating func add<Value>(_ value: Value?, _ encode: (inout StateEncoder, Value) -> Void) {
        self.add(value != nil)
        if let value { encode(&self, value) }
    }

    package mutating func add(_ instant: Instant?) { self.add(instant) { $0.add($1) } }
    package mutating func add(_ digest: Digest?) { self.add(digest) { $0.add($1) } }

    mutating func add(_ votes: [SignedVote]) {
        self.add(votes.count)
        for vote in votes { self.add(vote) }
    }

    package mutating func add(_ vote: SignedVote) {
        self.bytes.append(vote.kind.rawValue)
        self.bytes.append(bigEndian: vote.member)
        self.add(vote.epoch.rawValue)
        self.add(vote.view.rawValue)
        self.add(vote.blockHash)
    }

    package mutating func add(_ certificate: Certificate) {
        self.bytes.append(certificate.kind.rawValue)
        self.add(certificate.epoch.rawValue)
        self.add(certificate.view.rawValue)
        self.add(certificate.blockHash)
        guard !self.bounds.hasAlikeQuorums else { return }
        self.add(certificate.votes.count)
        for vote in certificate.votes { self.add(vote) }
    }

    mutating func add(_ vote: Certificate.MemberSignature) {
        self.bytes.append(bigEndian: vote.member)
        self.add(vote.isSupport)
    }

    mutating func add(_ entries: [JournalEntry]) {
        self.add(entries.count)
        for entry in entries { entry.encode(into: &self.bytes) }
    }
}
