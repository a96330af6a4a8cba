import CairnLedger
import CairnStore

/// A life of a ledger that touches every kind of change on the disk: founding, first opening, appends with and without
/// submission ids, several to a sync, blocks that are final through later ones, changes of members, segments that fill
/// up, seals, a killed process, a clean stop.
struct Workload {
    /// Two to four of its blocks fill a segment.
    static let segmentBytesMax: UInt64 = 1_600

    /// How far it came until the machine lost its power.
    struct Progress {
        var isFounded = false
        /// Blocks that the store said are durable.
        var acknowledged = 0
        /// Blocks whose appending was begun.
        var begun = 0
    }

    let chain: TestChain
    /// Blocks are shown when they are written, and synced beside the writer later, as a member of several does it.
    let showsFirst: Bool
    private(set) var progress = Progress()
    /// Whether segments were rolled, processes killed and so on: that a run came to its end.
    private(set) var isDone = false

    init(chain: TestChain, showsFirst: Bool = false) {
        self.chain = chain
        self.showsFirst = showsFirst
    }

    /// These have no certificate: the first of two in a sync, the last one before the process is killed, and two in a row,
    /// across the end of a segment.
    private static let uncertified: Set<Int> = [2, 6, 8, 9]

    /// 15 blocks: enough for the workload, and four more for whoever goes on behind it.
    static func makeChain() throws -> TestChain {
        var chain = try TestChain(isFast: true)
        let changes: [Int: MemberSet] = [
            3: try chain.members([(TestChain.founder, 2), (8, 1)], .bft), 10: try chain.members([(8, 1)]),
        ]
        for number in 1...14 {
            let text = String(repeating: "x", count: number * 37 % 101)
            var submissions = [["{\"n\":\(number),\"text\":\"\(text)\"}"]]
            var ids: [Int: SubmissionID] = [:]
            if number % 3 != 0 {
                // The first one has no id, and what follows it leaves the window of 6 records at another block.
                submissions.append(["\(number)", "[\(number)]"])
                submissions.append(["\"\(number)\""])
                ids = [1: TestChain.id(UInt8(number)), 2: TestChain.id(UInt8(100 + number))]
            }
            try chain.grow(
                submissions, ids: ids, change: changes[number], isCertified: !Self.uncertified.contains(number))
        }
        return chain
    }

    mutating func run(on disk: any Disk) throws(StoreError) {
        self.progress.acknowledged = 0
        try LedgerStore.create(on: disk, genesis: self.chain.genesis)
        self.progress = Progress(isFounded: true, acknowledged: 1, begun: 1)

        try self.liveFirst(disk)
        try self.liveAfterKill(disk)
        try self.liveAfterStop(disk)
        self.isDone = true
    }

    /// One block a sync, then two, then a quiet moment. Then the process is killed: what it wrote is in the system's
    /// cache.
    private mutating func liveFirst(_ disk: any Disk) throws(StoreError) {
        var writer = try self.open(disk)
        try self.append(1, to: &writer)
        try self.append(2, to: &writer)
        try writer.seal()
        try self.append(1, to: &writer)
        try self.leaveUnsynced(2, in: &writer)
    }

    private mutating func liveAfterKill(_ disk: any Disk) throws(StoreError) {
        var writer = try self.open(disk)
        try self.append(2, to: &writer)
        try self.append(3, to: &writer)
        try writer.close()
    }

    private mutating func liveAfterStop(_ disk: any Disk) throws(StoreError) {
        var writer = try self.open(disk)
        try self.append(1, to: &writer)
        try writer.close()
    }

    private mutating func open(_ disk: any Disk) throws(StoreError) -> LedgerWriter {
        let opened = try Self.open(disk)
        // What a reader can see was made durable, and what nothing makes final was cut.
        self.progress.acknowledged = Int(opened.store.head.header.index.rawValue) + 1
        self.progress.begun = self.progress.acknowledged
        return opened.takeWriter()
    }

    static func open(_ disk: any Disk) throws(StoreError) -> OpenedLedger {
        try LedgerStore.open(on: disk, segmentBytesMax: Self.segmentBytesMax, using: HashVerifier())
    }

    private mutating func append(_ count: Int, to writer: inout LedgerWriter) throws(StoreError) {
        try self.leaveUnsynced(count, in: &writer)
        guard self.showsFirst else {
            let durable = try writer.sync()
            self.progress.acknowledged = Int(durable.head.header.index.rawValue) + 1
            return
        }
        let shown = try writer.publish()
        if shown.header.index.rawValue % 2 == 1, let sync = try writer.logSync {
            try writer.finish(sync, Result { () throws(StoreError) in try sync.run() })
            self.progress.acknowledged = Int(shown.header.index.rawValue) + 1
        }
    }

    private mutating func leaveUnsynced(_ count: Int, in writer: inout LedgerWriter) throws(StoreError) {
        for _ in 0..<count {
            let final = self.chain.blocks[self.progress.begun]
            self.progress.begun += 1
            try writer.append(final, leafHashes: final.block.entries.leafHashes())
        }
    }
}
