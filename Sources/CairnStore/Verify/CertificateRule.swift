internal import CairnHash
internal import CairnLedger

/// Which blocks need a certificate, and whose votes are checked.
///
/// A block without one is final through the next block that has one, which has to be of the same epoch: so the last
/// block of an epoch and the log's last block have certificates. Through the hash chain these vouch for all others,
/// so their votes are checked; those of the rest only for whoever wants it.
struct CertificateRule: Sendable {
    /// Votes to check, on any thread.
    struct Check: Sendable {
        var certificate: Certificate
        var blockHash: Digest
        var header: BlockHeader
        /// What holds in the block's own epoch.
        var own: EpochMembers

        func run(using verifier: any SignatureVerifier) throws(CertificateProblem) {
            do throws(CertificateError) {
                try self.own.verify(self.certificate, of: self.header, hash: self.blockHash, using: verifier)
            } catch {
                throw CertificateProblem(block: self.header.index, error: error)
            }
        }
    }

    private let checksAll: Bool
    /// The first block that nothing makes final yet, of those since the last certificate.
    private(set) var firstUncovered: BlockIndex?
    /// The last block of an epoch, when nothing makes it final.
    private var uncoveredEnd: BlockIndex?
    var isBehindUncoveredEnd: Bool { self.uncoveredEnd != nil }
    /// Votes for the newest block that has any, unless they were checked.
    private var last: Check?

    /// - Parameter checksAll: whether the votes for every block are to be checked.
    init(checksAll: Bool) {
        self.checksAll = checksAll
    }

    /// Takes the next block, which passed its other checks. The genesis block is left out: its hash is what is trusted.
    ///
    /// - Parameters:
    ///   - own: what holds in the block's own epoch.
    ///   - tip: the chain's end behind the block.
    /// - Returns: the votes that have to be checked now.
    mutating func take(
        _ certificate: Certificate?, of own: EpochMembers, tip: ChainTip
    ) throws(CertificateProblem) -> Check? {
        let index = tip.header.index
        if let uncoveredEnd { throw CertificateProblem(block: uncoveredEnd, error: .missing) }
        guard let certificate else {
            self.firstUncovered = self.firstUncovered ?? index
            if tip.isEpochEnd { self.uncoveredEnd = index }
            return nil
        }
        guard certificate.blockHash == tip.hash else {
            throw CertificateProblem(
                block: index, error: .otherBlock(expected: tip.hash, found: certificate.blockHash))
        }
        guard certificate.epoch == tip.header.epoch else {
            throw CertificateProblem(
                block: index, error: .otherEpoch(expected: tip.header.epoch, found: certificate.epoch))
        }
        let check = Check(
            certificate: certificate, blockHash: tip.hash, header: tip.header, own: own)
        self.firstUncovered = nil
        let isDue = self.checksAll || tip.isEpochEnd
        self.last = isDue ? nil : check
        return isDue ? check : nil
    }

    /// Looks at the votes for the next block, which this program is too old to judge: anybody may have made it up unless
    /// the members of its epoch have signed it.
    ///
    /// - Parameter own: what holds in the block's own epoch.
    func check(
        ofNewerVersion final: FinalBlock, of own: EpochMembers, using verifier: any SignatureVerifier
    ) throws(CertificateProblem) {
        if let uncoveredEnd { throw CertificateProblem(block: uncoveredEnd, error: .missing) }
        let header = final.block.header
        guard let certificate = final.certificate else {
            throw CertificateProblem(block: header.index, error: .missing)
        }
        try Check(certificate: certificate, blockHash: header.hash, header: header, own: own).run(using: verifier)
    }

    /// A block with a certificate among several that were looked at together.
    struct Certified {
        /// How many of them stand before it.
        var place: Int
        var certificate: Certificate
        var blockHash: Digest
        var header: BlockHeader
    }

    /// Takes several blocks of one epoch, none of them its last, whose certificates name their blocks; if all are to be
    /// checked, those were.
    mutating func pass(
        over first: BlockIndex, count: Int, lastCertified: Certified?, of own: EpochMembers
    ) {
        guard let lastCertified else {
            self.firstUncovered = self.firstUncovered ?? first
            return
        }
        self.firstUncovered = lastCertified.place == count - 1 ? nil : first + (lastCertified.place + 1)
        self.last =
            self.checksAll
            ? nil
            : Check(
                certificate: lastCertified.certificate, blockHash: lastCertified.blockHash,
                header: lastCertified.header, own: own)
    }

    /// Takes the end of the log.
    ///
    /// - Parameter isTorn: blocks that nothing makes final are what a crash left.
    /// - Returns: the votes that have to be checked now: those for the last final block, unless they were.
    mutating func end(isTorn: Bool = false) throws(CertificateProblem) -> Check? {
        if let firstUncovered, !isTorn { throw CertificateProblem(block: firstUncovered, error: .missing) }
        return self.last.take()
    }
}

/// What is wrong with a block's certificate.
struct CertificateProblem: Error, Hashable {
    var block: BlockIndex
    var error: CertificateError
}
