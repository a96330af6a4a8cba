public import CairnLedger

/// Why a client can't do what it was asked, or doesn't believe what it was told.
public indirect enum LedgerClientError: Error, Hashable, Sendable {
    // MARK: What was asked

    case badURL(String)
    case noURL
    case badIdempotencyKey(String)
    case badBatch(SubmissionError)
    /// The ledger, as far as it is signed, has only so many records.
    case noSuchRecord(RecordNumber, size: TreeSize)
    /// What was remembered can't be read, or not be replaced.
    case storage(reason: String)
    case cancelled

    // MARK: One node that doesn't help: another may

    case unreachable(NodeURL, reason: String)
    case timedOut(NodeURL, path: String, after: Duration)
    case refused(NodeURL, NodeProblem)
    /// More of an answer than it can have.
    case tooLarge(NodeURL, path: String, limitBytes: Int)
    /// Not what a node of Cairn says.
    case badAnswer(NodeURL, path: String, reason: String)
    /// The node's ledger ends before what is known to be signed: it has to catch up, or is an old copy.
    case behind(NodeURL, size: TreeSize?, known: TreeSize)
    /// No node helped; each with its reason.
    case allFailed([NodeFailure])

    // MARK: One node that must not be believed

    case badCheckpoint(NodeURL, CheckpointError)
    /// The checkpoint is not signed by whom the policy asks for, or is of another log.
    case notTrusted(NodeURL, PolicyViolation)
    /// The node's records and proofs don't lead to the root that was signed.
    case notIncluded(NodeURL, records: Range<RecordNumber>, size: TreeSize)
    /// The node took a record, and says that it took another.
    case otherReceipt(NodeURL, reason: String)
    /// The node signed a larger tree, and its proof that this grew from the one that is known does not hold.
    case unprovenGrowth(NodeURL, ForkEvidence)
    /// A proof that can't be read, or doesn't prove the record.
    case badProofFile(TLogProofError)
    /// The keys of the ledger's members are not what its chain says, or not certified.
    case badKeys(NodeURL, reason: String)

    // MARK: The log itself

    /// The log signed two histories. The evidence convinces anybody who has the log's keys: keep it, and show it around.
    case fork(ForkEvidence)
}

/// What one of several nodes did.
public struct NodeFailure: Hashable, Sendable {
    public var node: NodeURL
    public var error: LedgerClientError
}

extension LedgerClientError {
    /// Whether another node may do better.
    var isOfOneNode: Bool {
        switch self {
        case .unreachable, .timedOut, .tooLarge, .badAnswer, .behind, .allFailed, .badCheckpoint, .notTrusted,
            .notIncluded, .otherReceipt, .unprovenGrowth, .badProofFile, .badKeys:
            true
        // What is wrong with a request is so everywhere.
        case .refused(_, let problem): problem.isTransient || problem.status == 404
        case .badURL, .noURL, .badIdempotencyKey, .badBatch, .noSuchRecord, .storage, .cancelled, .fork: false
        }
    }

    /// Whether the same may succeed a little later.
    public var isTransient: Bool {
        switch self {
        case .unreachable, .timedOut, .behind: true
        case .refused(_, let problem): problem.isTransient
        case .allFailed(let failures): failures.allSatisfy { $0.error.isTransient }
        default: false
        }
    }
}

extension LedgerClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .badURL(let text): "\"\(text)\" is no address of a node; it looks like http://127.0.0.1:5000"
        case .noURL: "there is no node to ask: give at least one URL"
        case .badIdempotencyKey(let key):
            "\"\(key)\" can't be an idempotency key: 1 to 255 visible ASCII characters without quotation marks"
        case .badBatch(let error): "\(error)"
        case .noSuchRecord(let number, let size):
            "there is no record \(number): the ledger is signed up to \(size) records"
        case .storage(let reason): "what was remembered of the ledger: \(reason)"
        case .cancelled: "cancelled"
        case .unreachable(let node, let reason): "can't reach a node at \(node): \(reason)"
        case .timedOut(let node, let path, let after): "\(node)\(path): no whole answer within \(after)"
        case .refused(let node, let problem): "\(problem.text) (HTTP \(problem.status) from \(node))"
        case .tooLarge(let node, let path, let limit): "\(node)\(path): the answer has more than \(limit) bytes"
        case .badAnswer(let node, let path, let reason): "\(node)\(path): \(reason)"
        case .behind(let node, let size, let known):
            "\(node) has \(size.map { "only \($0)" } ?? "fewer") records than the \(known) that are known to be signed: "
                + "it has to catch up, or is an old copy"
        case .allFailed(let failures):
            "no node helped: " + failures.map { "\($0.error)" }.joined(separator: "; ")
        case .badCheckpoint(let node, let error): "\(node)/checkpoint: \(error)"
        case .notTrusted(let node, let violation): "\(node)/checkpoint: \(violation)"
        case .notIncluded(let node, let records, let size):
            "\(node): records \(records.lowerBound) to \(records.upperBound.rawValue - 1) don't lead to the signed root "
                + "of \(size) records"
        case .otherReceipt(let node, let reason): "\(node) took a record, but \(reason)"
        case .unprovenGrowth(let node, let evidence):
            "\(node) does not prove that its \(evidence.larger.checkpoint.size) records begin with the "
                + "\(evidence.smaller.checkpoint.size) that are known"
        case .badProofFile(let error): "\(error)"
        case .badKeys(let node, let reason): "\(node): \(reason)"
        case .fork(let evidence):
            "the log \(evidence.smaller.checkpoint.origin) signed two histories: its tree of "
                + "\(evidence.larger.checkpoint.size) records does not begin with its tree of "
                + "\(evidence.smaller.checkpoint.size)"
        }
    }
}
