import CairnHash

/// The Merkle tree of RFC 9162, section 2.1, once more: perfect subtrees from the left, the largest first.
package struct PlainTree {
    private var peaks: [(leaves: UInt64, hash: [UInt8])] = []

    package init() {
    }

    package mutating func append(record: [UInt8]) {
        self.peaks.append((1, Digest(hashing: [0] + record).bytes))
        while self.peaks.count > 1, self.peaks[self.peaks.count - 2].leaves == self.peaks[self.peaks.count - 1].leaves {
            let right = self.peaks.removeLast()
            let left = self.peaks.removeLast()
            self.peaks.append((left.leaves * 2, Digest(hashing: [1] + left.hash + right.hash).bytes))
        }
    }

    package var root: [UInt8] {
        guard var hash = self.peaks.last?.hash else { return Digest(hashing: []).bytes }
        for peak in self.peaks.dropLast().reversed() { hash = Digest(hashing: [1] + peak.hash + hash).bytes }
        return hash
    }
}
