internal import CairnLedger

/// Room for records that wait, shared by sources without any of them having a set part of it.
///
/// How much one may take depends on what is free (dynamic thresholds: Choudhury and Hahne, "Dynamic Queue Length
/// Thresholds for Shared-Memory Packet Switches", 1998), so that there is room for newcomers. Alone, a source gets all.
public struct FairShare<Source: Hashable & Sendable>: Sendable {
    private struct Use: Sendable {
        var records = 0
        var bytes = 0
    }

    /// Of the room that is free, a source among several may hold this many times as much.
    private static var shareOfFree: Int { 4 }

    public let capacity: QueueCapacity
    private var all = Use()
    private var uses: [Source: Use] = [:]

    public init(_ capacity: QueueCapacity) {
        self.capacity = capacity
    }

    public var records: Int { self.all.records }
    public var bytes: Int { self.all.bytes }

    /// Takes room, when there is enough of it.
    @specialized(where Source == ClientID)
    public mutating func take(records: Int, bytes: Int, for source: Source) -> Bool {
        var own = self.uses[source] ?? Use()
        func fits(_ more: Int, all: Int, own: Int, max: Int) -> Bool {
            let free = max - all
            return more <= free && (own == all || own + more <= Self.shareOfFree * free)
        }
        // The largest submission fits an empty queue, unless that takes nothing: otherwise it could never be written.
        guard
            self.all.records == 0 && self.capacity.records > 0
                || fits(records, all: self.all.records, own: own.records, max: self.capacity.records)
                    && fits(bytes, all: self.all.bytes, own: own.bytes, max: self.capacity.bytes)
        else { return false }
        own.records += records
        own.bytes += bytes
        self.all.records += records
        self.all.bytes += bytes
        self.uses[source] = own
        return true
    }

    /// Gives back what was taken.
    @specialized(where Source == ClientID)
    public mutating func giveBack(records: Int, bytes: Int, for source: Source) {
        guard var own = self.uses[source], own.records >= records, own.bytes >= bytes else {
            preconditionFailure("more is given back than was taken")
        }
        own.records -= records
        own.bytes -= bytes
        self.all.records -= records
        self.all.bytes -= bytes
        self.uses[source] = own.records == 0 ? nil : own
    }
}

/// What may wait at once.
public struct QueueCapacity: Hashable, Sendable {
    public var records: Int
    /// Bytes of their entries.
    public var bytes: Int

    public init(records: Int, bytes: Int) {
        self.records = records
        self.bytes = bytes
    }
}
