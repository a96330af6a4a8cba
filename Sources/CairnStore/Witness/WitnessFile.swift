internal import CairnHash
public import CairnLedger

/// The checkpoint of one log that a witness cosigned last, on disk in two files with the same content:
/// `<SHA-256 of the origin>.0` and `.1`.
///
///     cairn witness 1 <CRC-32C of the rest, 8 hexadecimal digits>
///     <the checkpoint, with the log's signatures and the witness's>
///
/// Each submission writes and syncs first one file, then the other, and is answered then. So whatever a crash or a bad
/// sector does to one of them, the other has a checkpoint that is at least as new as any that was answered: a witness
/// that fell back could be made to cosign two histories.
public struct WitnessFile: Sendable {
    private static let magic = "cairn witness 1 "
    /// A note, the first line.
    private static let byteCountMax = Limits.noteBytesMax + 64

    /// The newest checkpoint; nil when none was cosigned.
    public private(set) var latest: SignedCheckpoint?
    private let files: [any DiskFile]

    /// Opens the files of a log, made when they aren't there.
    ///
    /// - Throws: `.corrupt` when neither file can be read: which checkpoint was cosigned last is not known then.
    public static func open(origin: ExactText, on disk: any Disk) throws(StoreError) -> WitnessFile {
        let name = Digest(hashing: origin.bytes).description
        var files: [any DiskFile] = []
        try onDisk { () throws(DiskError) in
            for copy in 0..<2 { files.append(try disk.open("\(name).\(copy)", .create)) }
            try disk.syncFolder("")
        }
        var latest: SignedCheckpoint?
        var isDamaged = 0
        for file in files {
            switch try Self.read(file, origin: origin) {
            case .none: break
            case .damaged: isDamaged += 1
            case .checkpoint(let found):
                if found.checkpoint.size >= latest?.checkpoint.size ?? 0 { latest = found }
            }
        }
        // One damaged file and an empty one: a crash in the very first submission, before any answer.
        guard isDamaged < 2 else {
            throw .corrupt(
                Corruption(
                    file: "\(name).0", block: nil,
                    reason: "neither it nor its copy holds the checkpoint of \(origin) that was cosigned last"))
        }
        return WitnessFile(latest: latest, files: files)
    }

    private enum Content {
        case none
        case damaged
        case checkpoint(SignedCheckpoint)
    }

    private static func read(_ file: any DiskFile, origin: ExactText) throws(StoreError) -> Content {
        let bytes = try onDisk { () throws(DiskError) in try file.bytes(at: 0, count: Self.byteCountMax) }
        guard !bytes.isEmpty else { return .none }
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            bytes[..<end].elementsEqual(Self.firstLine(of: bytes[(end + 1)...]).utf8.dropLast()),
            let signed = try? SignedCheckpoint(parsing: bytes[(end + 1)...]), signed.checkpoint.origin == origin
        else { return .damaged }
        return .checkpoint(signed)
    }

    private static func firstLine(of note: ArraySlice<UInt8>) -> String {
        var checksum: [UInt8] = []
        checksum.append(bigEndian: CRC32C.checksum(Array(note).span.bytes))
        return Self.magic + Hex.encode(checksum) + "\n"
    }

    /// Replaces the checkpoint, durably. After an error nobody knows what is on the disk: the log must not be answered
    /// again before the files were opened anew.
    public mutating func replace(by signed: SignedCheckpoint) throws(StoreError) {
        let note = signed.bytes
        let bytes = Array(Self.firstLine(of: note[...]).utf8) + note
        for file in self.files {
            do throws(DiskError) {
                // In this order a write that is cut short leaves a wrong checksum, and so does a shorter content.
                try file.write(bytes.span.bytes, at: 0)
                try file.truncate(to: UInt64(bytes.count))
            } catch {
                throw StoreError(error)
            }
            do throws(DiskError) {
                try file.sync()
            } catch {
                throw .syncFailed(error)
            }
        }
        self.latest = signed
    }
}
