/// A file of which only the beginning counts, since none can be longer: what stands behind was never written, and looking
/// through it could take for ever (a file without content may claim any size).
final class CappedFile: DiskFile {
    private let file: any DiskFile
    private let byteCountMax: UInt64

    private init(_ file: any DiskFile, byteCountMax: UInt64) {
        self.file = file
        self.byteCountMax = byteCountMax
    }

    /// The file itself when it isn't too long.
    static func capping(_ file: any DiskFile, at byteCountMax: UInt64) throws(DiskError) -> any DiskFile {
        try file.size() > byteCountMax ? CappedFile(file, byteCountMax: byteCountMax) : file
    }

    var path: String { self.file.path }
    func size() throws(DiskError) -> UInt64 { min(try self.file.size(), self.byteCountMax) }
    func sync() throws(DiskError) { try self.file.sync() }
    func truncate(to size: UInt64) throws(DiskError) { try self.file.truncate(to: size) }
    func reserve(upTo size: UInt64) throws(DiskError) { try self.file.reserve(upTo: size) }
    func write(_ bytes: RawSpan, at offset: UInt64) throws(DiskError) { try self.file.write(bytes, at: offset) }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
        guard offset < self.byteCountMax else { return 0 }
        let count = Int(min(UInt64(buffer.count), self.byteCountMax - offset))
        return try self.file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: offset)
    }
}
