internal import CairnHash
public import CairnLedger

/// That a directory's key was made there and has never voted.
///
/// A key votes only with the journal that it last voted with, so a key that is found without its journal gets no new one. A
/// key that was made before its ledger was known (so that several members can found one together) has no journal yet
/// either; `node.key.unused` tells the two apart. It holds the public key, 64 lower-case hexadecimal digits and a newline;
/// it is made before the key, and goes before a node opens its ledger for the first time, so before any vote.
///
/// What a crash leaves: the file of a key that was never written. It names another key than `node.key` does, and
/// counts for nothing. Never copy it.
public enum UnusedKey {
    public static let path = "node.key.unused"

    /// Makes a new key in a directory, made when it isn't there. Durable when this returns.
    ///
    /// - Throws: `.keyExists` when there is one.
    public static func make(on disk: any Disk) throws(StoreError) -> PrivateKey {
        guard try KeyFile.readIfThere(on: disk, path: KeyFile.path) == nil else { throw .keyExists(path: KeyFile.path) }
        let key = PrivateKey()
        try onDisk { () throws(DiskError) in
            try disk.createFolder("")
            let file = try disk.open(Self.path, .create)
            try file.truncate(to: 0)
            try file.write(Self.text(of: key.publicKey).span.bytes, at: 0)
            try file.sync()
            try disk.syncFolder("")
        }
        try KeyFile.write(key, on: disk, path: KeyFile.path)
        return key
    }

    /// Whether the key was made here and has never voted.
    package static func isThere(for key: PublicKey, on disk: any Disk) throws(StoreError) -> Bool {
        do throws(DiskError) {
            return try disk.open(Self.path, .read).bytes(at: 0, count: 128) == Self.text(of: key)
        } catch {
            guard case .notFound = error.reason else { throw StoreError(error) }
            return false
        }
    }

    /// From now on the key may vote. Durable when this returns.
    public static func use(on disk: any Disk) throws(StoreError) {
        do throws(DiskError) {
            try disk.remove(Self.path)
            try disk.syncFolder("")
        } catch {
            guard case .notFound = error.reason else { throw StoreError(error) }
        }
    }

    private static func text(of key: PublicKey) -> [UInt8] { Array("\(key)\n".utf8) }
}
