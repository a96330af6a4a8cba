import CairnConsensus
import CairnHash
import CairnLedger

/// What a member wrote, and how much of it survives a crash.
struct MemberDisk {
    /// What one event wrote to the journal.
    struct Group {
        var entries: [JournalEntry]
        var last: JournalNumber
        var digests: [Digest]
    }

    /// Durable.
    private(set) var journal: [JournalEntry] = []
    /// Of all durable entries.
    private(set) var journalDigests: Set<Digest> = []
    private(set) var pending: [Group] = []
    /// Final blocks, of which the first `logDurable` are durable.
    private(set) var log: [FinalBlock] = []
    private(set) var logDurable = 0
    /// The longest log that this member ever showed.
    private(set) var shown: [FinalBlock] = []
    /// Of everything in `log`, with the views and kinds of the certificates.
    private(set) var logDigest = Digest.zero

    /// - Parameter isOfAll: whether a certificate makes its block final with the notarise votes of all members.
    mutating func write(_ entries: [JournalEntry], last: JournalNumber, isOfAll: (Certificate) -> Bool) {
        self.pending.append(Group(entries: entries, last: last, digests: entries.map { Self.digest(of: $0, isOfAll) }))
    }

    /// Any quorum's certificate is as good as another's, but for one of all: see `StateEncoder.Bounds`.
    private static func digest(of entry: JournalEntry, _ isOfAll: (Certificate) -> Bool) -> Digest {
        var bytes: [UInt8] = []
        if case .certificate(var certificate) = entry {
            if isOfAll(certificate) { bytes.append(1) }
            certificate.votes = []
            JournalEntry.certificate(certificate).encode(into: &bytes)
        } else {
            entry.encode(into: &bytes)
        }
        return Digest(hashing: bytes)
    }

    /// A final block; false when another one was shown in its place before.
    mutating func append(_ final: FinalBlock) -> Bool {
        self.log.append(final)
        self.logDigest = Self.digest(self.logDigest, final)
        let place = self.log.count - 1
        if place < self.shown.count { return self.shown[place].block == final.block }
        self.shown.append(final)
        return true
    }

    private static func digest(_ before: Digest, _ final: FinalBlock) -> Digest {
        var bytes = before.bytes + final.block.header.hash.bytes
        bytes.append(bigEndian: final.certificate?.view.rawValue ?? 0)
        bytes.append(final.certificate?.kind.rawValue ?? 0)
        return Digest(hashing: bytes)
    }

    /// The first groups become durable.
    mutating func syncJournal(_ groups: Int) -> JournalNumber? {
        for group in self.pending.prefix(groups) {
            self.journal += group.entries
            self.journalDigests.formUnion(group.digests)
        }
        defer { self.pending.removeFirst(groups) }
        return groups > 0 ? self.pending[groups - 1].last : nil
    }

    var pendingEntries: Int { self.pending.reduce(0) { $0 + $1.entries.count } }

    mutating func syncLog() { self.logDurable = self.log.count }

    /// Without a crash to come, nobody reads the journal again.
    mutating func forgetJournal() { self.journal = [] }

    /// How many blocks the log may have after a crash: a block that nothing makes final is cut off by recovery.
    var logsAfterCrash: [Int] {
        (self.logDurable...self.log.count).filter { $0 == 0 || self.log[$0 - 1].certificate != nil }
    }

    /// The journal is begun anew, once everything is durable.
    mutating func trim(keeping entries: [JournalEntry], isOfAll: (Certificate) -> Bool) {
        self.syncLog()
        self.journal = entries
        self.journalDigests = Set(entries.map { Self.digest(of: $0, isOfAll) })
    }

    /// Some of what wasn't durable may have reached the disk all the same, in the order in which it was written.
    mutating func crash(keepingEntries entries: Int, log count: Int) {
        self.journal += self.pending.flatMap(\.entries).prefix(entries)
        self.journalDigests.formUnion(self.pending.flatMap(\.digests).prefix(entries))
        self.pending = []
        self.log.removeLast(self.log.count - count)
        self.logDurable = count
        self.logDigest = self.log.reduce(.zero, Self.digest)
    }
}
