import CairnHash

/// Messages one behind the other, each with its length before it as in a block.
struct Sample {
    let bytes: [UInt8]
    let messages: [SHA256Batch.Message]
    /// Of the messages.
    let byteCount: Int

    init(form: Form, byteCount: Int, total: Int, countMax: Int) {
        let gap = form.fixedByteCount == nil ? 2 : 0
        var messages: [SHA256Batch.Message] = []
        var end = 0
        var hashed = 0
        var random: UInt64 = 1
        while messages.isEmpty || end + byteCount + gap <= total && messages.count < countMax {
            var size = byteCount
            if form == .mixed {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                size = byteCount / 2 + Int(random >> 33) % (byteCount + 1)
            }
            messages.append(SHA256Batch.Message(offset: UInt32(end + gap), byteCount: UInt32(size)))
            end += gap + size
            hashed += size
        }
        self.messages = messages
        self.byteCount = hashed
        self.bytes = (0..<end).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) }
    }
}
