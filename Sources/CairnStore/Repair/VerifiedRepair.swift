public import CairnLedger

/// Blocks for a segment that are all proven to be the right ones. Only `SegmentRepair` makes one, so that nothing else is
/// ever written over a log.
public struct VerifiedRepair: Sendable {
    let rewrite: SegmentRewrite
    /// The last block that was looked at.
    package let last: BlockIndex
    /// In the old file, where what is behind that block begins: nothing is changed there. Nil when it isn't known.
    let tailStart: UInt64?
    /// Whether blocks may follow in the same file.
    let isOpenEnded: Bool

    /// Path of the file.
    public var file: String { self.rewrite.segment.path }
    /// The blocks that are replaced, in order. Empty when only what stood between good blocks goes.
    public var blocks: [BlockIndex] { self.rewrite.replaced }
}

/// Damaged segments as they were found: evidence, for whoever wants to know what happened. A copy is made when there is
/// room for it, the first one of each segment is kept, and at most `copiesMax` of them; people remove them.
enum DamagedCopies {
    static let folder = "damaged"
    static let copiesMax = 4

    /// Returns what couldn't be kept, and why; nil when it was.
    static func keep(_ segment: Segment, on disk: any Disk) -> String? {
        let name = Segment.name(firstBlock: segment.firstBlock)
        let path = Self.folder + "/" + name
        do throws(DiskError) {
            let copies = try disk.list(Self.folder)
            guard !copies.contains(name) else { return nil }
            guard copies.count < Self.copiesMax else {
                return "\(segment.path): no copy of it was kept, \(Self.folder) has \(copies.count) already"
            }
            try disk.createFolder(Self.folder)
            let file = try disk.open(path, .create)
            _ = try SegmentRewrite.copy(0..<segment.file.size(), of: segment.file, to: file, at: 0)
            try file.sync()
            try disk.syncFolder(Self.folder)
            return nil
        } catch {
            try? disk.remove(path)
            return "\(segment.path): no copy of it was kept (\(error))"
        }
    }
}
