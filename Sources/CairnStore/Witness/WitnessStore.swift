public import CairnLedger

/// A witness's folder: what it cosigned last of each log, a lock that keeps other processes out, and its key, unless
/// that is elsewhere.
public struct WitnessStore: Sendable {
    /// A file in some folder.
    public struct KeyPlace: Sendable {
        public static let standardPath = "witness.key"

        public var disk: any Disk
        public var path: String

        public init(disk: any Disk, path: String = standardPath) {
            self.disk = disk
            self.path = path
        }

        /// The key, made when it isn't there.
        public func readOrCreate() throws(StoreError) -> PrivateKey {
            try KeyFile.readOrCreate(on: self.disk, path: self.path)
        }
    }

    public let key: PrivateKey
    /// By origin.
    public let files: [ExactText: WitnessFile]
    private let lock: any DiskLock

    /// Opens the folder of a witness of these logs, made when it isn't there. So is the key.
    ///
    /// - Parameter key: nil: in the folder.
    public static func open(
        on disk: any Disk, key: KeyPlace? = nil, origins: [ExactText]
    ) throws(StoreError) -> WitnessStore {
        try onDisk { () throws(DiskError) in try disk.createFolder("") }
        let lock = try onDisk { () throws(DiskError) in try disk.lock("lock") }
        let key = try (key ?? KeyPlace(disk: disk)).readOrCreate()
        var files: [ExactText: WitnessFile] = [:]
        for origin in origins { files[origin] = try WitnessFile.open(origin: origin, on: disk) }
        return WitnessStore(key: key, files: files, lock: lock)
    }
}
