public import CairnHash
public import CairnLedger
package import CairnStore

/// A directory whose ledger was founded.
public struct FoundedLedger: Sendable {
    public var settings: GenesisSettings
    /// The chain's identity.
    public var chain: Digest
    public var genesis: Block
    /// The directory's key.
    public var key: PublicKey
    /// Whether the key has a journal, and so may vote once it is a member.
    public var mayVote: Bool

    public var isMember: Bool { self.settings.members.position(of: self.key) != nil }
}

extension Node {
    /// Makes the key of a directory before its ledger is known, so that several members can found one together.
    public static func makeKey(dataDirectory: String) throws(NodeError) -> PublicKey {
        try self.storing { () throws(StoreError) in
            let disk = RealDisk(root: dataDirectory)
            let lock = try LedgerStore.lock(disk)
            defer { withExtendedLifetime(lock) {} }
            return try UnusedKey.make(on: disk).publicKey
        }
    }

    /// Founds a new ledger in a data directory, made when it isn't there.
    ///
    /// - Parameters:
    ///   - members: those of epoch 0; nil: this directory's key alone. The key has to be among them.
    ///   - predecessor: the ledger whose place it takes.
    public static func found(
        dataDirectory: String, name: String, message: String, members: MemberSet?, predecessor: Predecessor? = nil
    ) throws(NodeError) -> FoundedLedger {
        try Self.found(
            on: RealDisk(root: dataDirectory), dataDirectory: dataDirectory, name: name, message: message,
            members: members, predecessor: predecessor)
    }

    /// - Parameter submissionWindow: how many of the newest records are remembered by submission id.
    package static func found(
        on disk: any Disk, dataDirectory: String, name: String, message: String, members: MemberSet? = nil,
        submissionWindow: UInt64 = Limits.submissionWindowDefault, predecessor: Predecessor? = nil
    ) throws(NodeError) -> FoundedLedger {
        do throws(SettingsError) {
            try GenesisSettings.check(name: name, message: message)
        } catch {
            throw .settings(error)
        }
        // From the key on: two foundings at once would each have another one.
        let lock = try self.storing { () throws(StoreError) in try LedgerStore.lock(disk) }
        let key = try Self.key(on: disk, dataDirectory: dataDirectory)
        guard let set = members ?? MemberSet([Member(key: key)], faultModel: .majority) else {
            preconditionFailure("one member makes a set")
        }
        guard set.position(of: key) != nil else { throw .keyNotMember(key) }
        try Self.checkKeys(of: set)
        let settings: GenesisSettings
        do throws(SettingsError) {
            settings = try GenesisSettings(
                name: name, message: message, random: (0..<16).map { _ in UInt8.random(in: .min ... .max) },
                members: set, agreement: .newest, submissionWindow: submissionWindow, predecessor: predecessor)
        } catch {
            throw .settings(error)
        }
        let genesis = settings.genesisBlock(proposer: key, timestamp: .now())
        return try Self.found(on: disk, genesis: genesis, settings, key: key, isNewChain: true, holding: lock)
    }

    /// Founds a directory from the genesis block of a ledger that others have, or found at the same time.
    ///
    /// - Parameters:
    ///   - genesis: a block's encoding.
    ///   - chain: what its hash has to be; nil: whatever it is.
    /// - Throws: `.genesis` when it is no genesis block, or another ledger's.
    public static func found(
        dataDirectory: String, genesis: [UInt8], chain: Digest?
    ) throws(NodeError) -> FoundedLedger {
        try Self.found(on: RealDisk(root: dataDirectory), dataDirectory: dataDirectory, genesis: genesis, chain: chain)
    }

    package static func found(
        on disk: any Disk, dataDirectory: String, genesis bytes: [UInt8], chain: Digest?
    ) throws(NodeError) -> FoundedLedger {
        let genesis: Block
        do throws(BlockDecodingError) {
            genesis = try Block(decoding: bytes.span.bytes)
        } catch {
            throw .genesis("\(error)")
        }
        let state: ChainState
        do throws(BlockError) {
            state = try ChainState(genesis: genesis)
        } catch {
            throw .genesis("\(error)")
        }
        if let chain, chain != state.chain { throw .genesis("its hash is \(state.chain), not \(chain)") }
        let lock = try self.storing { () throws(StoreError) in try LedgerStore.lock(disk) }
        let key = try Self.key(on: disk, dataDirectory: dataDirectory)
        // Whoever only follows a chain that it names reads what is in it.
        let members = state.genesisSettings.members
        if chain == nil || members.position(of: key) != nil { try Self.checkKeys(of: members) }
        return try Self.found(
            on: disk, genesis: genesis, state.genesisSettings, key: key, isNewChain: false, holding: lock)
    }

    private static func found(
        on disk: any Disk, genesis: Block, _ settings: GenesisSettings, key: PublicKey, isNewChain: Bool,
        holding lock: any DiskLock
    ) throws(NodeError) -> FoundedLedger {
        let mayVote = try self.storing { () throws(StoreError) in
            try LedgerStore.found(on: disk, genesis: genesis, key: key, isNewChain: isNewChain, holding: lock)
        }
        return FoundedLedger(
            settings: settings, chain: genesis.header.hash, genesis: genesis, key: key, mayVote: mayVote)
    }

    /// - Throws: `.genesis` when a member's key can't be anybody's.
    private static func checkKeys(of members: MemberSet) throws(NodeError) {
        for member in members.members {
            if let weakness = member.key.weakness {
                throw .genesis("the key \(member.key) can't be a member's: \(weakness)")
            }
        }
    }

    /// The directory's key, made when there is none.
    private static func key(on disk: any Disk, dataDirectory: String) throws(NodeError) -> PublicKey {
        try self.storing { () throws(StoreError) in
            guard try !LedgerStore.exists(on: disk) else { throw .ledgerExists(path: dataDirectory) }
            if let key = try KeyFile.readIfThere(on: disk, path: KeyFile.path) { return key.publicKey }
            return try UnusedKey.make(on: disk).publicKey
        }
    }

    private static func storing<Result>(_ body: () throws(StoreError) -> Result) throws(NodeError) -> Result {
        do throws(StoreError) {
            return try body()
        } catch {
            throw .store(error)
        }
    }
}
