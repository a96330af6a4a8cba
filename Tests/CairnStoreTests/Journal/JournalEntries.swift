import CairnHash
import CairnLedger

/// Entries of each kind: a block of several cells, the others of a part of one.
struct JournalEntries {
    let chain: Digest
    let key: PrivateKey
    let block: JournalEntry
    let certificate: JournalEntry
    let equivocation: JournalEntry

    init() throws {
        var ledger = try TestChain()
        let text = String(repeating: "x", count: 400)
        let final = try ledger.grow([["\"\(text)\"", "\"\(text)\"", "1"]]).final
        self.chain = ledger.state.chain
        self.key = try TestChain.foundersKey()
        self.block = .block(final.block)
        guard let certificate = final.certificate,
            let lie = Equivocation(Self.lie(1, chain: self.chain, self.key), Self.lie(2, chain: self.chain, self.key))
        else { throw TestChain.Failure(what: "no certificate or equivocation") }
        self.certificate = .certificate(certificate)
        self.equivocation = .equivocation(lie)
    }

    private static func lie(_ number: UInt8, chain: Digest, _ key: PrivateKey) -> SignedVote {
        let vote = Vote(chain: chain, epoch: 1, view: 2, kind: .notarise, blockHash: Digest(hashing: [number]))
        return SignedVote(vote, member: 0, signature: key.sign(vote.message))
    }

    func vote(_ view: UInt64) -> JournalEntry {
        .vote(JournalEntry.OwnVote(epoch: 1, view: View(view), kind: .notarise, blockHash: Digest(hashing: [7])))
    }
}
