import CairnLedger
import CairnNode
import CairnStore

extension CommandFailure {
    /// Why a backup's folder can't be used.
    init(backup folder: String, _ error: StoreError) {
        switch error {
        case .noLedger: self = .failed("there is no backup in \(folder)")
        case .notEmpty(_, let found):
            self = .failed(
                "\(folder) is no backup and not empty (it holds \(found.withoutControlCharacters)): name another folder"
            )
        case .locked(_, let holder): self = .failed("\(folder) is in use by \(holder)")
        case .corrupt(let corruption) where corruption.isOfNewerVersion:
            self = .failed("the backup in \(folder) is kept as it is: \(corruption)")
        case .corrupt(let corruption): self = .failed("the backup in \(folder) is damaged: \(corruption)")
        default: self = .failed("\(folder): \(error)")
        }
    }

    /// Why a copy ended before its time.
    ///
    /// - Parameter file: what the block was read from.
    init(copying source: String, file: String?, into folder: String, _ error: LedgerCopyError) {
        let place = file.map { " (\($0))" } ?? ""
        switch error {
        case .newer(let block, let reason):
            self = .failed("\(source) was not copied: block \(block)\(place): \(reason)")
        case .refused(let block, let reason):
            self = .failed(
                "\(source) is damaged, and was not copied: block \(block)\(place): \(reason); see 'cairn verify' and 'cairn repair'"
            )
        case .store(let error): self = CommandFailure(backup: folder, error)
        }
    }
}

/// Reading a directory, with what goes wrong as a person reads it.
extension LogSource {
    init(directory: String) throws(CommandFailure) {
        self = try Self.reading(directory) { () throws(StoreError) in try LogSource(on: RealDisk(root: directory)) }
    }

    mutating func seek(to index: BlockIndex, in directory: String) throws(CommandFailure) -> Bool {
        try Self.reading(directory) { () throws(StoreError) in try self.seek(to: index) }
    }

    mutating func next(in directory: String) throws(CommandFailure) -> FinalBlock? {
        try Self.reading(directory) { () throws(StoreError) in try self.next() }
    }

    func bytesLeft(in directory: String) throws(CommandFailure) -> UInt64 {
        try Self.reading(directory) { () throws(StoreError) in try self.bytesLeft() }
    }

    private static func reading<Value>(
        _ directory: String, _ body: () throws(StoreError) -> Value
    ) throws(CommandFailure) -> Value {
        do throws(StoreError) {
            return try body()
        } catch {
            switch error {
            case .corrupt(let corruption) where corruption.isOfNewerVersion:
                throw .failed("\(directory) was not copied: \(corruption)")
            case .corrupt(let corruption):
                throw .failed(
                    "\(directory) is damaged, and was not copied: \(corruption); see 'cairn verify' and 'cairn repair'")
            case .noLedger: throw .failed("there is no ledger in \(directory)")
            case .notHereYet:
                throw .failed("\(directory): \(error), so it can't be copied yet; copy another node's ledger")
            default: throw CommandFailure(opening: directory, .store(error))
            }
        }
    }
}
