/// Finds out whether a disk has room, where file systems, quotas and limits each know it in their own way: by writing a file.
package enum RoomProbe {
    /// In the data directory; a crash may leave it there, and the next probe removes it.
    package static let name = "room-probe"
    private static let chunkBytes = 64 << 10

    /// Whether a file of so many bytes finds room. It is removed again. Blocking.
    package static func finds(_ bytes: Int, on disk: any Disk) -> Bool {
        defer { try? disk.remove(Self.name) }
        do throws(DiskError) {
            let file = try disk.open(Self.name, .create)
            let chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
            var end = 0
            while end < bytes {
                try file.write(chunk.span.bytes, at: UInt64(end))
                end += chunk.count
            }
            try file.sync()
            return true
        } catch {
            return false
        }
    }
}
