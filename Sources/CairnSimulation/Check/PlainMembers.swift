import CairnHash
import CairnLedger

/// Who decides in an epoch, and by which rule, read from an annex; with an arithmetic of its own for what a quorum is.
package struct PlainMembers: Equatable {
    package var keys: [[UInt8]]
    package var powers: [UInt64]
    var isBFT: Bool
    /// The name of the rule.
    var agreement: String

    private static let agreements = ["simplex-1", "simplex-2"]

    /// From an annex's `fault_model` and `members`, and `agreement` or that in `settings`.
    ///
    /// - Parameter before: the rule where the annex names none.
    package init?(_ json: PlainJSON?, agreement before: String = "simplex-1") {
        guard let json, let model = json["fault_model"]?.string, let members = json["members"]?.array else {
            return nil
        }
        self.isBFT = model == "bft"
        self.keys = members.compactMap { $0["key"]?.string.flatMap(PlainText.hex) }
        self.powers = members.compactMap { $0["power"]?.number }
        self.agreement = before
        if let named = json["agreement"] ?? json["settings"]?["agreement"] {
            guard let name = named.string else { return nil }
            self.agreement = name
        }
        guard self.keys.count == members.count, self.powers.count == members.count, self.isBFT || model == "majority",
            Self.agreements.contains(self.agreement)
        else { return nil }
    }

    /// More than two thirds of the power, or more than half.
    package func isQuorum(_ power: UInt64) -> Bool {
        let total = self.powers.reduce(0, +)
        return self.isBFT ? 3 * power > 2 * total : 2 * power > total
    }

    /// Whether notarise votes of all members make a block final: no two of them may both lie.
    package var isFinalWithAll: Bool {
        guard self.agreement == "simplex-2", self.isBFT, self.powers.count > 1 else { return false }
        return !self.mayLie(self.powers.sorted().prefix(2).reduce(0, +))
    }

    /// Whether members of this power may lie: less than a third of all.
    func mayLie(_ power: UInt64) -> Bool { self.isBFT && 3 * power < self.powers.reduce(0, +) }

    /// What is wrong with a certificate for a block of this epoch; nil when nothing is.
    func problem(
        with certificate: Certificate, hash: Digest, epoch: UInt64, chain: Digest, verifier: SimulatedVerifier
    ) -> String? {
        let kind = certificate.kind.rawValue
        guard certificate.blockHash == hash, certificate.epoch.rawValue == epoch else {
            return "the certificate is for something else"
        }
        guard kind == 3 || kind == 1 && self.isFinalWithAll else { return "its votes are not of the kind that decides" }
        guard kind == 3 || certificate.votes.count == self.keys.count else {
            return "\(certificate.votes.count) of \(self.keys.count) members notarised the block"
        }
        guard certificate.votes.allSatisfy({ !$0.isSupport }) else { return "it has votes that only support the block" }
        var message = Array("cairn/vote/1".utf8) + [0] + chain.bytes
        for number in [epoch, certificate.view.rawValue] {
            message += (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        }
        message += [kind] + hash.bytes
        var power: UInt64 = 0
        var last = -1
        for vote in certificate.votes {
            let place = Int(vote.member)
            guard place > last, place < self.keys.count else { return "its votes are not of members, each once" }
            last = place
            guard let key = PublicKey(bytes: self.keys[place]),
                verifier.isValid(vote.signature, of: key, for: message)
            else { return "the vote of member \(place) was not signed by it" }
            power += self.powers[place]
        }
        return self.isQuorum(power) ? nil : "its votes have a power of \(power) of \(self.powers.reduce(0, +))"
    }
}
