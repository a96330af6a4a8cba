package import CairnHash
package import CairnLedger

/// What clients are told is so, stays so, and keeps to the order of real time.
extension Judge {
    /// What a client is told of its records.
    package struct Acknowledgement {
        package var operation: Int
        package var firstRecord: UInt64
        package var count: Int
        package var blockIndex: UInt64
        package var blockHash: Digest

        package init(operation: Int, firstRecord: UInt64, count: Int, blockIndex: UInt64, blockHash: Digest) {
            self.operation = operation
            self.firstRecord = firstRecord
            self.count = count
            self.blockIndex = blockIndex
            self.blockHash = blockHash
        }
    }

    /// - Parameter floor: the end of all that had been acknowledged when the operation began.
    package mutating func acknowledged(_ answer: Acknowledgement, floor: UInt64, by node: Int) throws(Violation) {
        func wrong(_ problem: String) -> Violation {
            Violation(.acknowledgements, "operation \(answer.operation) at node \(node): \(problem)")
        }
        guard answer.blockIndex < self.blocks.count, self.blocks[Int(answer.blockIndex)].hash == answer.blockHash
        else { throw wrong("it was acknowledged in block \(answer.blockIndex), which is not final") }
        let block = self.blocks[Int(answer.blockIndex)]
        let operation = self.operations[answer.operation]
        let end = answer.firstRecord + UInt64(answer.count)
        guard answer.count == operation.count, operation.firstRecords.contains(answer.firstRecord),
            block.firstRecord <= answer.firstRecord, end <= block.endRecord
        else { throw wrong("its records are not at \(answer.firstRecord)") }
        guard answer.firstRecord >= floor else {
            throw wrong("it stands at \(answer.firstRecord), before what was acknowledged when it began (\(floor))")
        }
        self.operations[answer.operation].acknowledged = answer.firstRecord
        self.acknowledgedEnd = max(self.acknowledgedEnd, end)
    }

    /// A client was told that its id was used for other records.
    func refusedAsReused(_ operation: Int, by node: Int) throws(Violation) {
        guard self.operations[operation].firstRecords.isEmpty else {
            throw Violation(
                .acknowledgements, "operation \(operation) is written, and node \(node) calls its id reused")
        }
    }

    /// A client was shown a head.
    package func read(head index: UInt64, hash: Digest, by node: Int) throws(Violation) {
        guard index < self.blocks.count, self.blocks[Int(index)].hash == hash else {
            throw Violation(.reads, "node \(node) shows a head \(index) that is not final")
        }
    }

    /// A client was shown a record.
    package func read(record number: UInt64, bytes: [UInt8], by node: Int) throws(Violation) {
        guard number < self.records.count, self.records[Int(number)] == bytes else {
            throw Violation(.reads, "node \(node) shows another record \(number)")
        }
    }

    /// What is left of a ledger after the power went: every block has to be the agreed one.
    package func check(_ block: FinalBlock, leftAt node: Int) throws(Violation) {
        let index = block.block.header.index.rawValue
        guard index < self.blocks.count, self.blocks[Int(index)].block == block.block else {
            throw Violation(.durability, "node \(node) has another block \(index) after the power went")
        }
    }

    /// Two votes that a node calls a lie: both have to be their member's, who has to be a liar.
    package func check(_ evidence: Equivocation, by node: Int, isLiar: ([UInt8]) -> Bool) throws(Violation) {
        let epoch = Int(evidence.epoch.rawValue)
        let (first, second) = (evidence.first, evidence.second)
        guard epoch < self.members.count, Int(evidence.member) < self.members[epoch].keys.count,
            first.member == second.member, first.epoch == second.epoch, first.view == second.view,
            let key = PublicKey(bytes: self.members[epoch].keys[Int(evidence.member)])
        else { throw Violation(.evidence, "node \(node) has evidence against nobody") }
        for vote in [first, second] {
            var message = Array("cairn/vote/1".utf8) + [0] + self.chain.bytes
            for number in [vote.epoch.rawValue, vote.view.rawValue] {
                message += (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
            }
            message += [vote.kind.rawValue] + vote.blockHash.bytes
            guard self.verifier.isValid(vote.signature, of: key, for: message) else {
                throw Violation(.evidence, "node \(node) has evidence that nobody signed")
            }
        }
        let kinds = [first.kind.rawValue, second.kind.rawValue].sorted()
        // Finalise and nullify, notarise and support, or one kind for two blocks.
        guard kinds == [2, 3] || kinds == [1, 5] || (kinds[0] == kinds[1] && first.blockHash != second.blockHash) else {
            throw Violation(.evidence, "node \(node) has evidence of two votes that go together")
        }
        guard isLiar(key.bytes) else { throw Violation(.evidence, "node \(node) accuses an honest member") }
    }
}
