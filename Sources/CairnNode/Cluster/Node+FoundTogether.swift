public import CairnHash
public import CairnLedger
internal import CairnStore

extension Node {
    /// Founds one ledger in several data directories, made when they aren't there: the keys made in them are its members,
    /// each with a power of 1. For nodes of one machine: elsewhere no key leaves its directory.
    ///
    /// - Returns: the chain's identity.
    public static func createTogether(
        dataDirectories: [String], name: String, message: String, faultModel: FaultModel
    ) throws(NodeError) -> Digest {
        do throws(SettingsError) {
            try GenesisSettings.check(name: name, message: message)
        } catch {
            throw .settings(error)
        }
        let disks = dataDirectories.map { RealDisk(root: $0) }
        var keys: [PrivateKey] = []
        do throws(StoreError) {
            for (disk, directory) in zip(disks, dataDirectories) {
                guard try !LedgerStore.exists(on: disk) else { throw .ledgerExists(path: directory) }
                keys.append(try UnusedKey.make(on: disk))
            }
        } catch {
            throw .store(error)
        }
        let genesis: Block
        do throws(SettingsError) {
            guard let members = MemberSet(keys.map { Member(key: $0.publicKey) }, faultModel: faultModel) else {
                preconditionFailure("1 to \(Limits.membersMax) new keys make a set")
            }
            let settings = try GenesisSettings(
                name: name, message: message, random: (0..<16).map { _ in UInt8.random(in: .min ... .max) },
                members: members, agreement: .newest)
            genesis = settings.genesisBlock(proposer: keys[0].publicKey, timestamp: .now())
        } catch {
            throw .settings(error)
        }
        do throws(StoreError) {
            for (disk, key) in zip(disks, keys) {
                _ = try LedgerStore.found(on: disk, genesis: genesis, key: key.publicKey, isNewChain: true)
            }
        } catch {
            throw .store(error)
        }
        return genesis.header.hash
    }
}
