public import CairnHash

/// Two signed checkpoints of one log that don't belong to one history, and the proof of that: what anybody who has the
/// log's keys can check offline, whoever gives it to them.
///
/// A file of it is a JSON object:
///
/// | member | content |
/// |---|---|
/// | `format` | `cairn/fork-evidence/1` |
/// | `smaller`, `larger` | the checkpoints as signed notes, by tree size |
/// | `root_at_smaller` | the root that the larger tree has at the smaller's size, as a node said; left out for equal sizes |
/// | `path` | the consistency proof (RFC 9162, section 2.1.4) from that root to the larger's; left out for equal sizes |
///
/// With a proof that holds, and another root than the smaller checkpoint's, the log has signed both a tree and another one
/// that doesn't begin with it.
public struct ForkEvidence: Hashable, Sendable {
    /// What a node gave as the way from the smaller tree to the larger.
    public struct Proof: Hashable, Sendable {
        /// The root that the larger tree had at the smaller's size.
        public var oldRoot: Digest
        public var path: [Digest]

        public init(oldRoot: Digest, path: [Digest]) {
            self.oldRoot = oldRoot
            self.path = path
        }
    }

    /// What the two checkpoints and the proof show, whoever signed.
    public enum Verdict: Hashable, Sendable {
        /// One size, two roots.
        case twoRoots
        /// The larger tree has this root at the smaller's size.
        case otherBeginning(root: Digest)
        /// The larger tree begins with the smaller: no fork.
        case consistent
        /// The proof holds for no root, or there is none: nobody has shown how the one tree grew from the other.
        case unproven
    }

    public let smaller: SignedCheckpoint
    public let larger: SignedCheckpoint
    public let proof: Proof?

    /// Takes the checkpoints in either order.
    public init(_ one: SignedCheckpoint, _ other: SignedCheckpoint, proof: Proof?) {
        (self.smaller, self.larger) = one.checkpoint.size <= other.checkpoint.size ? (one, other) : (other, one)
        self.proof = proof
    }

    public var verdict: Verdict {
        let (old, new) = (self.smaller.checkpoint, self.larger.checkpoint)
        if old.size == new.size { return old.root == new.root ? .consistent : .twoRoots }
        // Every tree begins with the empty one, which has one root only.
        if old.size == 0 { return old.root == MerkleFrontier.emptyRoot ? .consistent : .twoRoots }
        guard let proof,
            MerkleProof.verifyConsistency(
                from: old.size, root: proof.oldRoot, to: new.size, root: new.root, path: proof.path)
        else { return .unproven }
        return proof.oldRoot == old.root ? .consistent : .otherBeginning(root: proof.oldRoot)
    }

    /// Checks that one log signed both, as the policy asks for, and that they can't be of one history.
    public func verify(by policy: TrustPolicy) throws(ForkEvidenceError) {
        guard self.smaller.checkpoint.origin == self.larger.checkpoint.origin else {
            throw .otherOrigins(self.smaller.checkpoint.origin, self.larger.checkpoint.origin)
        }
        for signed in [self.smaller, self.larger] {
            do throws(PolicyViolation) {
                _ = try policy.verify(signed)
            } catch {
                throw .notTrusted(size: signed.checkpoint.size, error)
            }
        }
        switch self.verdict {
        case .twoRoots, .otherBeginning: return
        case .consistent: throw .consistent
        case .unproven: throw .unproven
        }
    }
}

/// Why evidence can't be read, or shows no fork.
public enum ForkEvidenceError: Error, Hashable, Sendable {
    case tooLarge(bytes: Int, limit: Int)
    case json(CanonicalJSONError)
    /// The member is missing, or not what it should be.
    case badMember(String)
    case checkpoint(member: String, CheckpointError)
    case otherOrigins(ExactText, ExactText)
    case notTrusted(size: TreeSize, PolicyViolation)
    case consistent
    case unproven
}

extension ForkEvidenceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge(let bytes, let limit): "the evidence has \(bytes) bytes; at most \(limit) are read"
        case .json(let error): "the evidence is no JSON: \(error)"
        case .badMember(let name): "\"\(name)\" of the evidence is missing or can't be read"
        case .checkpoint(let member, let error): "\"\(member)\" of the evidence: \(error)"
        case .otherOrigins(let one, let other): "the checkpoints are of two logs, \(one) and \(other)"
        case .notTrusted(let size, let violation): "the checkpoint of size \(size): \(violation)"
        case .consistent: "the larger tree begins with the smaller one: there is no fork"
        case .unproven:
            "both checkpoints are signed, and the proof between them does not hold: that shows a node that can't prove "
                + "what it says, and not yet a fork"
        }
    }
}
