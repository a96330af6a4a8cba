import CairnHash
import CairnLedger

extension TestChain {
    /// The next block, if members changed the settings to what only a later version knows.
    func newerBlock(isCertified: Bool = true) throws -> FinalBlock {
        var other = self
        var block = try other.grow([], window: 7).final.block
        let text = String(decoding: block.annexBytes, as: UTF8.self).replacing("simplex-1", with: "simplex-3")
        block.annexBytes = Array(text.utf8)
        block.header.annexHash = Digest(hashing: block.annexBytes)
        return FinalBlock(block: block, certificate: isCertified ? self.certificate(of: block.header) : nil)
    }
}
