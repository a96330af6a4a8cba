/// What a witness decides about a checkpoint that is submitted to it (C2SP tlog-witness, section "add-checkpoint"). No
/// state is kept here: the caller says what was cosigned last, and stores what is accepted before anybody sees it.
public enum WitnessRule {
    /// - Parameters:
    ///   - keys: the log keys that are trusted, of all origins.
    ///   - latest: gives the checkpoint of this origin that was cosigned last, nil when there was none.
    /// - Returns: the checkpoint to cosign, with the log's signatures that were checked and no others.
    public static func accept(
        _ request: AddCheckpointRequest, keys: [ExactText: [NoteKey]], latest: (ExactText) -> Checkpoint?
    ) throws(WitnessRefusal) -> SignedCheckpoint {
        let submitted = request.checkpoint.checkpoint
        guard let logKeys = keys[submitted.origin] else { throw .unknownLog(submitted.origin) }
        let verified: [VerifiedSignature]
        do throws(NoteError) {
            verified = try request.checkpoint.note.verify(by: logKeys)
        } catch {
            throw .notSigned(error)
        }
        guard request.oldSize <= submitted.size else {
            throw .oldSizeTooLarge(old: request.oldSize, size: submitted.size)
        }
        let old = latest(submitted.origin)
        let oldSize = old?.size ?? 0
        guard request.oldSize == oldSize else { throw .conflict(size: oldSize) }

        if submitted.size == 0, submitted.root != MerkleFrontier.emptyRoot { throw .emptyTreeRoot }
        if oldSize == 0 {
            guard request.path.isEmpty else { throw .unwantedProof }
        } else {
            let oldRoot = old?.root ?? MerkleFrontier.emptyRoot
            if oldSize == submitted.size, oldRoot != submitted.root { throw .otherRoot(size: oldSize) }
            guard
                MerkleProof.verifyConsistency(
                    from: oldSize, root: oldRoot, to: submitted.size, root: submitted.root, path: request.path)
            else { throw .notConsistent(old: oldSize, size: submitted.size) }
        }
        let names = Set(verified.map(\.key.reference))
        return SignedCheckpoint(
            submitted,
            signatures: request.checkpoint.note.signatures.filter {
                names.contains(NoteKey.Reference(name: $0.name, id: $0.keyID))
            })
    }
}

/// Why a witness does not cosign.
public enum WitnessRefusal: Error, Hashable, Sendable {
    case unknownLog(ExactText)
    case notSigned(NoteError)
    case oldSizeTooLarge(old: TreeSize, size: TreeSize)
    /// The log has to start from the size that was cosigned last.
    case conflict(size: TreeSize)
    case emptyTreeRoot
    case unwantedProof
    /// The log signed two trees of one size.
    case otherRoot(size: TreeSize)
    case notConsistent(old: TreeSize, size: TreeSize)
}

extension WitnessRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownLog(let origin): "this witness does not know the log \(origin)"
        case .notSigned(let error): "\(error)"
        case .oldSizeTooLarge(let old, let size): "the old size, \(old), is more than the checkpoint's, \(size)"
        case .conflict(let size): "the checkpoint cosigned last has size \(size)"
        case .emptyTreeRoot: "a tree of size 0 has another root: SHA-256 of nothing"
        case .unwantedProof: "from size 0 on there is nothing to prove, and the proof is not empty"
        case .otherRoot(let size): "a tree of size \(size) with another root was cosigned before"
        case .notConsistent(let old, let size):
            "the proof does not show that the tree of size \(old), which was cosigned, is the beginning of that of size \(size)"
        }
    }
}
