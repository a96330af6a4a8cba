internal import CairnHash
public import CairnLedger

/// A key on disk, for its owner's eyes only (mode 0600): a node's is `node.key`, a witness's `witness.key`.
///
/// Three lines, each with a newline; seed and public key (RFC 8032) as 64 lower-case hexadecimal digits:
///
///     cairn node key 1
///     seed <hex>
///     public <hex>
///
/// The public key follows from the seed: it is there so that damage to either shows.
public enum KeyFile {
    public static let path = "node.key"
    /// More than a key takes.
    private static let byteCountMax = 1_024
    private static let firstLine = "cairn node key 1"

    /// Reads the key, or makes a new one, durably, when there is none.
    public static func readOrCreate(on disk: any Disk, path: String = path) throws(StoreError) -> PrivateKey {
        if let key = try Self.readIfThere(on: disk, path: path) { return key }
        let key = PrivateKey()
        try Self.write(key, on: disk, path: path)
        return key
    }

    package static func write(_ key: PrivateKey, on disk: any Disk, path: String) throws(StoreError) {
        let text = Self.text(of: key)
        try onDisk { () throws(DiskError) in
            try disk.createFolder("")
            let file = try disk.open(path, .create)
            // One that was there without content keeps its mode.
            try file.closeToOthers()
            try file.truncate(to: 0)
            try file.write(text.span.bytes, at: 0)
            try file.sync()
            try disk.syncFolder("")
        }
    }

    /// - Throws: `.keyMissing` when there is none, `.keyFile` when it is damaged, `.keyIsOpen` when others may read it.
    public static func read(on disk: any Disk) throws(StoreError) -> PrivateKey {
        guard let key = try Self.readIfThere(on: disk, path: Self.path) else {
            throw .keyMissing(path: Self.path)
        }
        return key
    }

    /// Reads a key from a file of any name, such as one that was kept apart from its directory.
    ///
    /// - Throws: `.keyFile` when there is none or it is damaged.
    public static func read(file path: String) throws(StoreError) -> PrivateKey {
        let disk = RealDisk(root: path.hasPrefix("/") ? "" : ".")
        guard let key = try Self.readIfThere(on: disk, path: String(path.drop { $0 == "/" })) else {
            throw .keyFile(path: path, problem: "the file is missing or empty")
        }
        return key
    }

    /// Nil when there is no file, or one without content (of a key's length at most) that a crash left of its making.
    public static func readIfThere(on disk: any Disk, path: String) throws(StoreError) -> PrivateKey? {
        let bytes: [UInt8]
        let openPath: String?
        do throws(DiskError) {
            let file = try disk.open(path, .read)
            openPath = try file.isOpenToOthers() ? file.path : nil
            bytes = try file.bytes(at: 0, count: Self.byteCountMax)
        } catch {
            guard case .notFound = error.reason else { throw StoreError(error) }
            return nil
        }
        guard bytes.contains(where: { $0 != 0 }) || bytes.count == Self.byteCountMax else { return nil }
        if let openPath { throw .keyIsOpen(path: openPath) }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count == 4, let seed = Hex.decode(String(decoding: lines[1].dropFirst(5), as: UTF8.self)),
            let key = PrivateKey(seed: seed)
        else {
            throw .keyFile(path: path, problem: "it is not three lines with a seed and a public key")
        }
        // Byte for byte, so that any changed bit shows.
        guard Self.text(of: key) == bytes else {
            throw .keyFile(path: path, problem: "seed and public key don't belong together")
        }
        return key
    }

    private static func text(of key: PrivateKey) -> [UInt8] {
        Array("\(Self.firstLine)\nseed \(Hex.encode(key.seed))\npublic \(key.publicKey)\n".utf8)
    }
}
