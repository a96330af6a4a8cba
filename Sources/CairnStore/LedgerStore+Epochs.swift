public import CairnLedger

extension LedgerStore {
    /// The members of an epoch, up to the one of the next block. One or two reads.
    ///
    /// The settings of an epoch may stand many epochs before it: `self.members` has the present ones.
    public func members(of epoch: Epoch) throws(StoreError) -> MemberSet {
        let present = self.members
        precondition(epoch <= present.epoch, "epoch \(epoch) has not begun")
        if epoch == present.epoch { return present.members }
        guard let before = epoch.previous() else {
            // The genesis block was checked when the ledger was opened.
            guard let founders = try? EpochMembers(genesis: self.genesis) else {
                preconditionFailure("the genesis block is good")
            }
            return founders.members
        }
        if let end = self.base?.end(of: before), let change = try? end.change() { return change.next }
        return try self.lastBlock(of: before).change.next
    }

    /// What holds in a block's epoch, as far as its certificate needs it. One or two reads, unless the settings matter, which may
    /// stand in any epoch before: those of a block from no member, which recovery keys have to have signed, and of one that
    /// notarise votes of all made final.
    func present(in header: BlockHeader, for certificate: Certificate) throws(StoreError) -> EpochMembers {
        let present = self.members
        if header.epoch == present.epoch { return present }
        let members = try self.members(of: header.epoch)
        let isRecovery = members.members.count == 1 && members.position(of: header.proposer) == nil
        guard isRecovery || certificate.kind == .notarise else {
            return EpochMembers(
                chain: present.chain, epoch: header.epoch, members: members, settings: EpochSettings())
        }
        // The genesis block was checked when the ledger was opened.
        guard var own = try? EpochMembers(genesis: self.genesis) else {
            preconditionFailure("the genesis block is good")
        }
        while own.epoch < header.epoch {
            let end = try self.end(of: own.epoch)
            guard let change = try? end.change() else {
                throw .corrupt(
                    Corruption(file: EpochFile.path, block: nil, reason: "no block ends epoch \(own.epoch)"))
            }
            own = own.following(change, treeSize: end.header.treeSize)
        }
        return own
    }

    /// The last block of an epoch that has ended, without its records: what shows somebody who knows the members of
    /// this epoch those of the next.
    public func end(of epoch: Epoch) throws(StoreError) -> EpochEnd {
        if let end = self.base?.end(of: epoch) { return end }
        let final = try self.lastBlock(of: epoch).final
        guard let certificate = final.certificate else {
            throw .corrupt(
                Corruption(file: BlockLog.folder, block: final.block.index, reason: "\(CertificateError.missing)"))
        }
        return EpochEnd(header: final.block.header, annexBytes: final.block.annexBytes, certificate: certificate)
    }

    /// What shows the members of the next block to somebody who knows only the chain's identity.
    public func memberHistory() throws(StoreError) -> MemberHistory {
        var ends: [EpochEnd] = []
        for epoch in 0..<self.members.epoch.rawValue { ends.append(try self.end(of: Epoch(rawValue: epoch))) }
        return MemberHistory(genesis: self.genesis, ends: ends)
    }

    private func lastBlock(of epoch: Epoch) throws(StoreError) -> (final: FinalBlock, change: MemberChange) {
        precondition(epoch < self.members.epoch, "epoch \(epoch) has not ended")
        for _ in 0..<2 {
            if let index = try onDisk({ () throws(DiskError) in try self.epochs.lastBlock(of: epoch) }),
                index <= self.head.index, case let final = try self.block(index),
                final.block.header.epoch == epoch, let change = try? final.block.annex()?.change
            {
                // Votes are checked with what it says. They are of a later epoch than it is, so this comes to an end.
                try self.checkIsVouchedFor(final, in: self.snapshot)
                return (final, change)
            }
            try self.rebuildDerived()
        }
        throw .corrupt(
            Corruption(file: EpochFile.path, block: nil, reason: "no block ends epoch \(epoch)"))
    }
}
