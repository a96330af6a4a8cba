internal import CairnLock

/// Forgets when the process ends: for tests, and for programs that read a ledger once.
public final class MemoryCheckpointStorage: CheckpointStorage {
    private let bytes: Lock<[UInt8]?>

    public init(_ bytes: [UInt8]? = nil) {
        self.bytes = Lock(bytes)
    }

    public func load() -> [UInt8]? { self.bytes.withLock { $0 } }

    public func store(_ bytes: [UInt8]) { self.bytes.withLock { $0 = bytes } }
}
