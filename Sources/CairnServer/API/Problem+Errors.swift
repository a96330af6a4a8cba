package import CairnLedger
package import CairnNode
package import CairnStore

extension Problem {
    /// - Parameter line: of a batch, from 1.
    package init(_ error: RecordError, line: Int? = nil) {
        let place = line.map { "Line \($0): " } ?? ""
        switch error {
        case .json(let json) where json.reason == .empty && line == nil:
            self.init(.emptyBody, "There is only white space. Send one JSON value.")
        case .json(let json):
            self.init(.badJSON, place + "\(json)." + Self.advice(json.reason))
            self = self.with("offset", json.offset).with("reason", "\(json.reason)")
        case .tooLarge(let bytes, let limit):
            self.init(.recordTooLarge, place + "\(error).")
            self = self.with("bytes", bytes).with("limit", limit)
        case .textTooLarge(let bytes, let limit):
            self.init(.recordTooLarge, place + "\(error).")
            self = self.with("bytes", bytes).with("limit", limit)
        }
        if let line { self = self.with("line", line) }
    }

    private static func advice(_ reason: CanonicalJSONError.Reason) -> String {
        switch reason {
        case .inexactNumber, .numberOutOfRange: " Numbers are kept exactly or not at all: send this one as a string."
        case .loneSurrogate: " Half a character can't be kept."
        default: ""
        }
    }

    package init(_ error: SubmissionError) {
        switch error {
        case .empty:
            self.init(.emptyBody, "There is no record in the body.")
        case .tooManyRecords(let count, let limit):
            self.init(.batchTooLarge, "The batch can't be written: \(error).")
            self = self.with("count", count).with("limit", limit)
        case .tooLarge(let bytes, let limit):
            self.init(.batchTooLarge, "The batch can't be written: \(error).")
            self = self.with("bytes", bytes).with("limit", limit)
        }
    }

    package init(_ error: AppendError) {
        switch error {
        case .queueFull:
            self = Problem(.queueFull, "Nothing was written: \(error). Try again.").retry(afterSeconds: 1)
        case .noSpace:
            self.init(.noSpace, "Nothing was written: \(error).")
        case .idReused:
            self.init(
                .idReused,
                "Nothing was written: \(error). A new submission needs a key of its own; a repeated one the same bytes."
            )
        case .notFinalInTime:
            self.init(
                .notFinalInTime,
                "Too few members may be there, or they have much to do: \(error). Repeat the request with the same "
                    + "Idempotency-Key to learn what became of it.")
        case .noQuorum(let power):
            self = Problem(.noQuorum, "Nothing was written: \(error). Try again when more are back, or elsewhere.")
                .with(power).retry(afterSeconds: 1)
        case .quorumLost(let power):
            self = Problem(
                .quorumLost,
                "\(error). Repeat the request with the same Idempotency-Key to learn what became of it."
                    .capitalizedFirst
            ).with(power)
        case .stopped, .noLinks:
            self.init(.stopped, "Nothing was written: \(error).")
        case .notHereYet:
            self = Problem(.historyNotHereYet, "Nothing was written: \(error). Try again.").retry(afterSeconds: 10)
        case .unreadable:
            self.init(.corruptStore, "Nothing was written: \(error). `cairn verify` shows how much is damaged.")
        }
    }

    /// What there is of a quorum, for programs.
    func with(_ power: QuorumPower) -> Problem {
        self.with("present_power", power.present).with("quorum_power", power.needed).with("total_power", power.total)
    }

    package init(_ error: ReadError) {
        switch error {
        case .noSuchRecord(let number, let size):
            self = Problem(.noSuchRecord, "There is no record \(number); the ledger holds \(size) records.")
                .with("tree_size", size.rawValue)
        case .noSuchBlock(let index, let head):
            self = Problem(.noSuchBlock, "There is no block \(index); the newest is \(head).")
                .with("head", head.rawValue)
        case .noBlockWithHash(let hash):
            self.init(.noSuchBlock, "There is no block with the hash \(hash).")
        case .noSuchTree(let wanted, let size):
            self = Problem(
                .noSuchTree,
                "There is nothing to prove in a tree of \(wanted) records; the ledger holds \(size) records."
            ).with("tree_size", size.rawValue)
        case .proofRange(let from, let to):
            self.init(.badParameter, "\"from\" is \(from), which is more than \"to\", \(to).")
        case .indexBehind(let indexed, let head):
            self = Problem(.indexBehind, "The index has got to block \(indexed) of \(head).").retry(afterSeconds: 1)
        case .noIndex:
            self.init(.indexBehind, "\(error).")
        case .nothingToChange:
            self.init(.noSuchRecord, "\(error).")
        case .notHereYet(let progress):
            self = Problem(
                .historyNotHereYet,
                "This node began with a snapshot: the history before block \(progress.firstBlock), which is record "
                    + "\(progress.firstRecord), has come to block \(progress.historyHead) so far. Other nodes have it."
            ).with("first_block", progress.firstBlock.rawValue).with("first_record", progress.firstRecord.rawValue)
                .with("history_block", progress.historyHead.rawValue).retry(afterSeconds: 10)
        case .store(let error):
            self.init(error)
        }
    }

    package init(_ error: StoreError) {
        if case .notHereYet = error {
            self = Problem(.historyNotHereYet, "\(error).").retry(afterSeconds: 10)
            return
        }
        self.init(.corruptStore, "\(error). `cairn verify` shows how much is damaged.")
        guard case .corrupt(let corruption) = error else { return }
        self = self.with("file", corruption.file).with("reason", corruption.reason)
        if let block = corruption.block { self = self.with("block", block.rawValue) }
    }
}

/// Reads something, with errors as clients see them.
func reading<Value>(_ body: () throws(ReadError) -> Value) throws(Problem) -> Value {
    do {
        return try body()
    } catch {
        throw Problem(error)
    }
}
