public import CairnLedger

/// What can go wrong with a data directory.
public enum StoreError: Error, Hashable, Sendable {
    /// The disk is full, or no file can be opened because too many are. Nothing was changed; it can be tried again.
    case noSpace(file: String)
    /// The disk could not do something.
    case disk(DiskError)
    /// A sync failed: what is on the disk is unknown, and this process must not write again.
    case syncFailed(DiskError)
    /// Something durable is not what was written.
    case corrupt(Corruption)
    /// The ledger began with a snapshot, and what is before this block has not come yet.
    case notHereYet(before: BlockIndex)
    case locked(path: String, by: String)
    case noLedger(path: String)
    case ledgerExists(path: String)
    /// A folder that is to be filled holds something else.
    case notEmpty(path: String, found: String)
    case journalExists(path: String)
    case keyExists(path: String)
    case keyMissing(path: String)
    /// Others than the file's owner may read or write it.
    case keyIsOpen(path: String)
    case keyFile(path: String, problem: String)
}

/// Where stored bytes are bad, and why.
public struct Corruption: Error, Hashable, Sendable {
    /// Relative to the data directory.
    public var file: String
    /// The first bad block, when the damage belongs to one.
    public var block: BlockIndex?
    public var reason: String
    /// Whether nothing may be bad, and this program is too old to tell.
    public var isOfNewerVersion: Bool

    public init(file: String, block: BlockIndex?, reason: String, isOfNewerVersion: Bool = false) {
        self.file = file
        self.block = block
        self.reason = reason
        self.isOfNewerVersion = isOfNewerVersion
    }
}

extension Corruption: CustomStringConvertible {
    public var description: String {
        if let block { "block \(block) (\(self.file)): \(self.reason)" } else { "\(self.file): \(self.reason)" }
    }
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSpace(let file):
            "the disk is full: no room for \(file)"
        case .disk(let error):
            "\(error)"
        case .syncFailed(let error):
            "\(error); what is on the disk is unknown until the ledger is opened again"
        case .corrupt(let corruption):
            corruption.isOfNewerVersion
                ? "this program is too old for the ledger: \(corruption)" : "the ledger is damaged: \(corruption)"
        case .notHereYet(let first):
            "the ledger's history before block \(first) is not here yet"
        case .locked(let path, let holder):
            "\(path) is in use by \(holder)"
        case .noLedger(let path):
            "there is no ledger in \(path)"
        case .ledgerExists(let path):
            "there is a ledger in \(path) already"
        case .notEmpty(let path, let found):
            "\(path) is not empty: it holds \(found)"
        case .journalExists(let path):
            "there is a journal already, \(path): a key votes only with the journal that it last voted with"
        case .keyExists(let path):
            "there is a key already, \(path); a key belongs to one directory"
        case .keyMissing(let path):
            "\(path) is missing or empty: a node signs with its key; put the file back from where it is kept. Reading the "
                + "ledger needs no key"
        case .keyIsOpen(let path):
            "\(path) may be read or written by others than its owner: chmod 600 \(path), and replace the key if somebody "
                + "may have read it"
        case .keyFile(let path, let problem):
            "\(path) is no key file: \(problem)"
        }
    }
}

extension StoreError {
    package init(_ error: DiskError) {
        if let shortage = error.shortage {
            self = .noSpace(file: shortage)
        } else if case .locked(let holder) = error.reason {
            self = .locked(path: error.path, by: holder)
        } else {
            self = .disk(error)
        }
    }
}

/// Runs work on the disk, and turns what the disk can't do into what the store can't do.
func onDisk<Result>(_ body: () throws(DiskError) -> Result) throws(StoreError) -> Result {
    do throws(DiskError) {
        return try body()
    } catch {
        throw StoreError(error)
    }
}
