public import CairnLedger

/// A witness's folder: its key, what it cosigned last of each log, and a lock that keeps other processes out.
public struct WitnessStore: Sendable {
    public static let keyPath = "witness.key"

    public let key: PrivateKey
    /// By origin.
    public let files: [ExactText: WitnessFile]
    private let lock: any DiskLock

    /// Opens the folder of a witness of these logs, made when it isn't there. So is the key.
    public static func open(on disk: any Disk, origins: [ExactText]) throws(StoreError) -> WitnessStore {
        try onDisk { () throws(DiskError) in try disk.createFolder("") }
        let lock = try onDisk { () throws(DiskError) in try disk.lock("lock") }
        let key = try KeyFile.readOrCreate(on: disk, path: Self.keyPath)
        var files: [ExactText: WitnessFile] = [:]
        for origin in origins { files[origin] = try WitnessFile.open(origin: origin, on: disk) }
        return WitnessStore(key: key, files: files, lock: lock)
    }
}
