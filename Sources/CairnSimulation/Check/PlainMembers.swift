import CairnHash
import CairnLedger

/// Who decides in an epoch, read from an annex; with an arithmetic of its own for what a quorum is.
package struct PlainMembers: Equatable {
    package var keys: [[UInt8]]
    package var powers: [UInt64]
    var isBFT: Bool

    /// From an annex's `fault_model` and `members`.
    package init?(_ json: PlainJSON?) {
        guard let json, let model = json["fault_model"]?.string, let members = json["members"]?.array else {
            return nil
        }
        self.isBFT = model == "bft"
        self.keys = members.compactMap { $0["key"]?.string.flatMap(PlainText.hex) }
        self.powers = members.compactMap { $0["power"]?.number }
        guard self.keys.count == members.count, self.powers.count == members.count, self.isBFT || model == "majority"
        else { return nil }
    }

    /// More than two thirds of the power, or more than half.
    package func isQuorum(_ power: UInt64) -> Bool {
        let total = self.powers.reduce(0, +)
        return self.isBFT ? 3 * power > 2 * total : 2 * power > total
    }

    /// What is wrong with a certificate for a block of this epoch; nil when nothing is.
    func problem(
        with certificate: Certificate, hash: Digest, epoch: UInt64, chain: Digest, verifier: SimulatedVerifier
    ) -> String? {
        guard certificate.kind.rawValue == 3, certificate.blockHash == hash, certificate.epoch.rawValue == epoch else {
            return "the certificate is for something else"
        }
        var message = Array("cairn/vote/1".utf8) + [0] + chain.bytes
        for number in [epoch, certificate.view.rawValue] {
            message += (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        }
        message += [3] + hash.bytes
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
