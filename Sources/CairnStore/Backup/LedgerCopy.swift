internal import CairnHash
public import CairnLedger

/// A copy of a ledger in the making, in a directory of its own: each block is checked by every rule, and the votes under the last of
/// several, before any of them is written.
///
/// What a crash leaves is a ledger like any other, only shorter: it is opened, and the copying goes on behind it.
public struct LedgerCopy: ~Copyable {
    /// What was taken and not written yet.
    private struct Held {
        var final: FinalBlock
        var leafHashes: [Digest]
    }

    /// Blocks that are written together, in bytes.
    private static let batchBytes = 8 << 20
    /// Blocks that wait for a certificate, in bytes. Whoever makes blocks without end is no member.
    private static let heldBytesMax = 256 << 20

    public let store: LedgerStore
    private var writer: LedgerWriter
    private var chain: ChainState
    private var certificates = CertificateRule(checksAll: false)
    private let verifier: any SignatureVerifier
    private var held: [Held] = []
    private var heldBytes = 0

    private init(_ opened: consuming OpenedLedger, using verifier: any SignatureVerifier) {
        self.store = opened.store
        self.chain = opened.chain
        self.writer = opened.takeWriter()
        self.verifier = verifier
    }

    // MARK: Beginning

    /// Goes on with what is there, or begins with the genesis block.
    ///
    /// - Parameter genesis: valid; of the ledger that is copied.
    /// - Throws: `.corrupt` when there is another ledger, or a damaged copy.
    public static func open(
        on disk: any Disk, genesis: Block, using verifier: any SignatureVerifier = Ed25519Verifier()
    ) throws(StoreError) -> LedgerCopy {
        if try !LedgerStore.exists(on: disk) { try LedgerStore.create(on: disk, genesis: genesis) }
        let copy = LedgerCopy(try LedgerStore.open(on: disk, using: verifier), using: verifier)
        guard copy.chain.chain == genesis.header.hash else {
            throw .corrupt(
                Corruption(file: BlockLog.folder, block: 0, reason: "it holds another ledger, \(copy.chain.chain)"))
        }
        return copy
    }

    /// The newest block that was taken.
    public var last: LedgerHead { LedgerHead(header: self.chain.head, hash: self.chain.headHash) }

    /// Those who decide on the next block.
    public var members: EpochMembers { self.chain.present }

    public var settings: GenesisSettings { self.chain.genesisSettings }

    // MARK: Blocks

    /// Takes the next block.
    public mutating func take(_ final: FinalBlock) throws(LedgerCopyError) {
        let index = self.nextIndex
        let leafHashes = final.block.entries.leafHashes()
        let own = self.chain.present
        do throws(BlockError) {
            try self.chain.apply(final.block, leafHashes: leafHashes, using: self.verifier)
        } catch {
            throw self.refusal(of: final, own, error)
        }
        do throws(CertificateProblem) {
            try self.certificates.take(final.certificate, of: own, tip: self.chain.tip)?.run(using: self.verifier)
        } catch {
            throw LedgerCopyError(error)
        }
        self.heldBytes += final.block.encodedByteCount
        self.held.append(Held(final: final, leafHashes: leafHashes))
        guard self.heldBytes >= Self.batchBytes else { return }
        if final.certificate != nil {
            _ = try self.sync()
        } else if self.heldBytes > Self.heldBytesMax {
            throw .refused(block: index, reason: "none of too many blocks up to it has a certificate")
        }
    }

    /// Why the next block isn't taken. Of a newer version it only is when those who decide on it have signed it.
    private func refusal(of final: FinalBlock, _ own: EpochMembers, _ error: BlockError) -> LedgerCopyError {
        guard error.isOfNewerVersion else { return .refused(block: self.nextIndex, reason: "\(error)") }
        do throws(CertificateProblem) {
            try self.certificates.check(ofNewerVersion: final, of: own, using: self.verifier)
        } catch {
            return LedgerCopyError(error)
        }
        return .newer(block: self.nextIndex, reason: "\(error)")
    }

    private var nextIndex: BlockIndex { self.chain.head.index.next() }

    /// Writes what a certificate makes final, durably. The votes for the newest block vouch for all before it.
    ///
    /// - Returns: the newest final block.
    public mutating func sync() throws(LedgerCopyError) -> LedgerHead {
        do throws(CertificateProblem) {
            // Blocks behind the last certificate go on waiting for theirs.
            try self.certificates.end(isTorn: true)?.run(using: self.verifier)
        } catch {
            throw LedgerCopyError(error)
        }
        let count = self.held.lastIndex { $0.final.certificate != nil }.map { $0 + 1 } ?? 0
        do throws(StoreError) {
            for block in self.held[..<count] { try self.writer.append(block.final, leafHashes: block.leafHashes) }
            _ = try self.writer.sync()
        } catch {
            throw .store(error)
        }
        self.held.removeFirst(count)
        self.heldBytes = self.held.reduce(0) { $0 + $1.final.block.encodedByteCount }
        return self.store.head
    }

    // MARK: The end

    /// Puts another key in the place of the only member's, in a block that both sign, as that member would have made it.
    ///
    /// - Parameters:
    ///   - old: the only member's key.
    ///   - new: that of whoever goes on; it has never voted.
    public mutating func replaceOnlyMember(
        _ old: PrivateKey, by new: PrivateKey, now: Timestamp
    ) throws(LedgerCopyError) {
        let present = self.members
        try self.expectCovered()
        precondition(present.members.isOnly(old.publicKey), "the key is the only member's")
        let next = Self.only(new.publicKey, inPlaceOf: present.members)
        var draft = MemberChangeDraft(chain: present.chain, epoch: present.epoch, next: next)
        draft.sign(with: old)
        draft.sign(with: new)
        guard let change = try? draft.change(present: present) else {
            preconditionFailure("the only member and whoever joins have signed")
        }
        let block = self.chain.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil, change: change, proposer: old.publicKey, now: now)
        let vote = Vote(
            chain: present.chain, epoch: present.epoch, view: View(rawValue: block.block.index.rawValue),
            kind: .finalise, blockHash: block.hash)
        let certificate = Certificate(
            epoch: vote.epoch, view: vote.view, blockHash: vote.blockHash,
            votes: [Certificate.MemberSignature(member: 0, signature: old.sign(vote.message))])
        try self.take(FinalBlock(block: block.block, certificate: certificate))
    }

    /// Puts another key in the place of the only member's, which is lost, in a block that recovery keys sign.
    ///
    /// The next member's recovery keys are the same: they are as good as before.
    ///
    /// - Parameters:
    ///   - keys: as many of the epoch's recovery keys as it needs.
    ///   - new: that of whoever goes on; it has never voted.
    /// - Throws: `.refused` when the keys are not enough, or none of the epoch's.
    public mutating func recoverOnlyMember(
        with keys: [PrivateKey], by new: PrivateKey, now: Timestamp
    ) throws(LedgerCopyError) {
        let present = self.members
        try self.expectCovered()
        guard let recovery = present.recovery else {
            throw .refused(block: self.nextIndex, reason: "its epoch has no recovery keys, or several members")
        }
        let next = Self.only(new.publicKey, inPlaceOf: present.members)
        let message = MemberChange.message(
            chain: present.chain, epoch: present.epoch, next: next, settings: present.settings)
        let change = MemberChange(
            epoch: present.epoch, next: next, settings: present.settings, signatures: [],
            joining: [new.sign(message)], isRecovery: true)
        let block = self.chain.tip.makeBlock(
            entries: Entries(), leafHashes: [], submissions: nil, change: change, proposer: new.publicKey, now: now)
        let certificate = recovery.certificate(of: block, chain: present.chain, signers: keys)
        try self.take(FinalBlock(block: block.block, certificate: certificate))
    }

    /// That certificates vouch for all that was taken.
    private func expectCovered() throws(LedgerCopyError) {
        guard let first = self.certificates.firstUncovered else { return }
        throw LedgerCopyError(CertificateProblem(block: first, error: .missing))
    }

    /// - Parameter members: a single one.
    private static func only(_ key: PublicKey, inPlaceOf members: MemberSet) -> MemberSet {
        let next = members.members.map { Member(key: key, power: $0.power) }
        guard let set = MemberSet(next, faultModel: members.faultModel) else {
            preconditionFailure("one member in another's place makes a set")
        }
        return set
    }

    /// Makes all durable, and seals it. Blocks that no certificate makes final are left out.
    ///
    /// - Returns: the newest final block.
    public mutating func finish() throws(LedgerCopyError) -> LedgerHead {
        _ = try self.sync()
        do throws(StoreError) {
            try self.writer.close()
        } catch {
            throw .store(error)
        }
        return self.store.head
    }
}

/// Why a ledger can't be copied.
public enum LedgerCopyError: Error, Hashable, Sendable {
    /// What was given for a block is not the next block of the ledger.
    case refused(block: BlockIndex, reason: String)
    /// The next block may well be right: its members vouch for it, and this program is too old to tell.
    case newer(block: BlockIndex, reason: String)
    /// The copy can't be written.
    case store(StoreError)
}

extension LedgerCopyError {
    fileprivate init(_ problem: CertificateProblem) {
        self = .refused(block: problem.block, reason: "\(problem.error)")
    }
}

extension LedgerCopyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .refused(let block, let reason), .newer(let block, let reason): "block \(block): \(reason)"
        case .store(let error): "\(error)"
        }
    }
}
