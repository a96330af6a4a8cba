public import CairnHash
internal import CairnIndex
internal import CairnLedger
public import CairnStore

extension Node {
    /// Checks every file of a data directory, and never changes one. A running node may use the directory meanwhile.
    ///
    /// - Parameters:
    ///   - hasher: a device that hashes the leaves in place of the CPU.
    ///   - progress: called about every 4 MiB of the block log; returns false to cancel.
    public static func verify(
        dataDirectory: String, options: ValidationOptions, leavesOn hasher: OpenCLHasher? = nil,
        progress: (ValidationProgress) -> Bool
    ) throws(NodeError) -> ValidationReport {
        let disk = RealDisk(root: dataDirectory)
        var report: ValidationReport
        do throws(StoreError) {
            report = try LedgerVerifier.verify(on: disk, options: options, leavesOn: hasher, progress: progress)
        } catch {
            throw .store(error)
        }
        // A part of the ledger was asked for, or the ledger itself is bad.
        guard report.isValid, options.from == 0, options.to == nil else { return report }
        do throws(StoreError) {
            if try LedgerAhead.exists(on: disk) {
                report.notes.append(
                    "\(LedgerAhead.folder): the ledger began with a snapshot, and the history before it is still being fetched: "
                        + "only what is there of that was checked, not what is ahead of it")
            }
            if let note = try Self.checkKey(on: disk) { report.notes.append(note) }
        } catch {
            report.failure = Corruption(file: KeyFile.path, block: nil, reason: "\(error)")
        }
        // Row by row against the tree takes longer than all the rest, and no answer relies on the index alone.
        if options.deep, let note = Self.checkIndex(dataDirectory: dataDirectory, disk: disk, blocks: report.blocks) {
            report.notes.append(note)
        }
        return report
    }

    /// The ledger is as valid without its node's key: a copy has none, and who checks it may not be who may read that.
    private static func checkKey(on disk: any Disk) throws(StoreError) -> String? {
        do throws(StoreError) {
            _ = try KeyFile.read(on: disk)
            return nil
        } catch {
            switch error {
            case .keyMissing:
                return "\(KeyFile.path): there is none, as in a copy: the ledger can be read, and no node can run on it"
            case .keyIsOpen: return "\(KeyFile.path): \(error)"
            case .disk(let error):
                guard case .noPermission = error.reason else { throw .disk(error) }
                return "\(KeyFile.path): not checked, \(error)"
            default: throw error
            }
        }
    }

    /// Compares the index with the files that were just found to agree with the blocks.
    private static func checkIndex(dataDirectory: String, disk: any Disk, blocks: UInt64) -> String? {
        let hashes: LedgerHashes
        do throws(StoreError) {
            hashes = try LedgerHashes(on: disk)
        } catch {
            return "\(Self.indexPath): not checked, what it is compared with can't be read: \(error)"
        }
        let ledger = LedgerIndex.Compared(
            chain: hashes.blockHash(of: 0), blocks: blocks, blockHash: { hashes.blockHash(of: $0) },
            leafHash: { hashes.leafHash(of: $0) })
        return switch LedgerIndex.check(path: dataDirectory + "/" + Self.indexPath, against: ledger) {
        case .good: nil
        case .missing: "\(Self.indexPath): it is missing; it is derived, and made anew at the next start"
        case .inUse: "\(Self.indexPath): not checked, a node has it open or was killed; it is derived"
        case .behind(let indexed):
            "\(Self.indexPath): it is behind, it has \(indexed) of \(blocks) blocks; the next start adds the others"
        case .unreadable(let problem): "\(Self.indexPath): not checked, \(problem)"
        case .damaged(let problem):
            "\(Self.indexPath): \(problem); it is derived: delete it, the next start makes it anew"
        }
    }
}
