import CairnHash
package import CairnLedger
import CairnNode

extension InclusionProof {
    package var json: JSONValue {
        .object([
            "number": .integer(self.number),
            "leaf_hash": .hash(self.leafHash),
            "tree_size": .integer(self.treeSize),
            "root": .hash(self.root),
            "path": .hashes(self.path),
        ])
    }

    /// Whether it proves what it says.
    package var isValid: Bool {
        MerkleProof.verifyInclusion(
            of: self.leafHash, at: self.number, in: self.treeSize, path: self.path, root: self.root)
    }
}

extension ConsistencyProof {
    package var json: JSONValue {
        .object([
            "from": .integer(self.oldSize),
            "from_root": .hash(self.oldRoot),
            "to": .integer(self.newSize),
            "to_root": .hash(self.newRoot),
            "path": .hashes(self.path),
        ])
    }

    /// Whether it proves what it says.
    package var isValid: Bool {
        MerkleProof.verifyConsistency(
            from: self.oldSize, root: self.oldRoot, to: self.newSize, root: self.newRoot, path: self.path)
    }
}
