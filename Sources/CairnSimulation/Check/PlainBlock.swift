import CairnHash

/// A block taken apart from its bytes, by docs/formats.md alone: checkers share no code with what they check.
struct PlainBlock {
    let hash: Digest
    let index: UInt64
    let timestamp: UInt64
    let previousHash: [UInt8]
    let treeSize: UInt64
    let treeRoot: [UInt8]
    let annexHash: [UInt8]
    let proposer: [UInt8]
    let epoch: UInt64
    let work: [UInt8]
    let annex: [UInt8]
    let records: [[UInt8]]

    /// Nil when the bytes are no block.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 180, Array(bytes[0..<4]) == Array("CRN1".utf8) else { return nil }
        func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
        self.hash = Digest(hashing: Array(bytes[0..<176]))
        self.index = number(4..<12)
        self.timestamp = number(12..<20)
        self.previousHash = Array(bytes[20..<52])
        self.treeSize = number(52..<60)
        self.treeRoot = Array(bytes[60..<92])
        self.annexHash = Array(bytes[92..<124])
        self.proposer = Array(bytes[124..<156])
        self.epoch = number(156..<164)
        self.work = Array(bytes[164..<176])
        let entriesStart = 180 + Int(number(176..<180))
        guard entriesStart <= bytes.count else { return nil }
        self.annex = Array(bytes[180..<entriesStart])
        var records: [[UInt8]] = []
        var place = entriesStart
        while place < bytes.count {
            guard place + 2 <= bytes.count else { return nil }
            let end = place + 2 + Int(number(place..<place + 2))
            guard end > place + 2, end <= bytes.count else { return nil }
            records.append(Array(bytes[place + 2..<end]))
            place = end
        }
        self.records = records
    }
}
